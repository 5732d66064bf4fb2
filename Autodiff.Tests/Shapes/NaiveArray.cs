namespace Autodiff.Tests.Shapes;

/// <summary>An array that says what indexing means with plain loops over coordinates.</summary>
internal sealed record NaiveArray(int[] Shape, long[] Values)
{
    public static NaiveArray Of(Tensor x) => new(x.Shape.ToArray(), x.ToArray<long>());

    public static NaiveArray Count(int[] shape) =>
        new(shape, [.. Enumerable.Range(0, Product(shape)).Select(i => (long)i)]);

    public static int Product(IEnumerable<int> sizes) => sizes.Aggregate(1, (a, b) => a * b);

    public Tensor ToTensor() => Tensor.From<long>(Values, Shape);

    public long this[int[] at] => Values[Offset(at)];

    public int Offset(int[] at)
    {
        int offset = 0;
        for (int d = 0; d < at.Length; d++)
        {
            offset = (offset * Shape[d]) + at[d];
        }

        return offset;
    }

    /// <summary>
    /// The array whose element at each coordinate is this one's at <paramref name="source"/> of the coordinate.
    /// </summary>
    public NaiveArray Map(int[] shape, Func<int[], int[]> source) =>
        new(shape, [.. Coordinates(shape).Select(at => this[source(at)])]);

    public static IEnumerable<int[]> Coordinates(int[] shape)
    {
        int[] at = new int[shape.Length];
        for (int i = 0; i < Product(shape); i++)
        {
            yield return (int[])at.Clone();
            for (int d = shape.Length - 1; d >= 0 && ++at[d] == shape[d]; d--)
            {
                at[d] = 0;
            }
        }
    }

    /// <summary>Aligned at the last dimension, a size of 1 is read again and again.</summary>
    public NaiveArray BroadcastTo(int[] shape) =>
        Map(shape, at => [.. Shape.Select((size, d) => size == 1 ? 0 : at[d + shape.Length - Shape.Length])]);

    public override string ToString() => $"[{string.Join(", ", Shape)}]: {string.Join(' ', Values)}";
}
