namespace Autodiff;

/// <summary>
/// One entry between the brackets of <c>t[...]</c>: an integer, a range, a tensor of positions or a mask,
/// <see cref="Ellipsis"/> or <see cref="NewAxis"/>.
/// </summary>
/// <remarks>
/// Integers, <see cref="Index"/>, <see cref="Range"/>, int arrays and tensors convert implicitly, so one writes
/// <c>t[0, ^1, 1..3]</c>, <c>t[mask]</c>, <c>t[TensorIndex.Ellipsis, rows]</c>. The meaning is PyTorch's: negative
/// integers count from the end, ranges are clipped to the dimension, integers drop their dimension.
/// </remarks>
public readonly record struct TensorIndex
{
    private TensorIndex(Kind kind, int? start = null, int? stop = null, int step = 1, Tensor? tensor = null)
    {
        Form = kind;
        Start = start;
        Stop = stop;
        Step = step;
        Positions = tensor;
    }

    internal enum Kind : byte
    {
        Slice,
        Integer,
        Ellipsis,
        NewAxis,
        Tensor,
    }

    internal Kind Form { get; }

    internal int? Start { get; }

    internal int? Stop { get; }

    internal int Step { get; }

    internal Tensor? Positions { get; }

    /// <summary>All dimensions that the other entries leave over (Python's <c>...</c>).</summary>
    public static TensorIndex Ellipsis => new(Kind.Ellipsis);

    /// <summary>A new dimension of size 1 (Python's <c>None</c>).</summary>
    public static TensorIndex NewAxis => new(Kind.NewAxis);

    /// <summary>
    /// The entries from <paramref name="start"/> up to but without <paramref name="stop"/>, every
    /// <paramref name="step"/>-th (Python's <c>start:stop:step</c>).
    /// </summary>
    /// <param name="start">The first; negative counts from the end; null is 0.</param>
    /// <param name="stop">The end; negative counts from the end; null is the size.</param>
    /// <param name="step">The distance, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is not positive.</exception>
    public static TensorIndex Slice(int? start = null, int? stop = null, int step = 1) => step > 0
        ? new(Kind.Slice, start, stop, step)
        : throw new ArgumentOutOfRangeException(nameof(step), step,
            $"Slice: the step must be at least 1, not {step}. Use Flip(dim) to reverse a dimension.");

    /// <summary>One entry; negative counts from the end. Its dimension goes.</summary>
    public static implicit operator TensorIndex(int index) => new(Kind.Integer, index);

    /// <summary>One entry, <c>^1</c> being the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is <c>^0</c>, one past the last entry.</exception>
    public static implicit operator TensorIndex(Index index) => index is { IsFromEnd: true, Value: 0 }
        ? throw new ArgumentOutOfRangeException(nameof(index), "Index: ^0 is one past the last entry; ^1 is the last.")
        : new(Kind.Integer, index.IsFromEnd ? -index.Value : index.Value);

    /// <summary>The entries of a range, clipped to the dimension.</summary>
    public static implicit operator TensorIndex(Range range) => new(
        Kind.Slice,
        !range.Start.IsFromEnd ? range.Start.Value : range.Start.Value == 0 ? int.MaxValue : -range.Start.Value,
        !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);

    /// <summary>Positions (integers of any shape) or a mask (bool).</summary>
    public static implicit operator TensorIndex(Tensor positions) =>
        new(Kind.Tensor, tensor: positions ?? throw new ArgumentNullException(nameof(positions)));

    /// <summary>A list of positions.</summary>
    public static implicit operator TensorIndex(int[] positions) => new(Kind.Tensor, tensor: Tensor.From(positions));

    /// <summary>Start and length of the slice in a dimension of <paramref name="size"/>.</summary>
    internal (int Start, int Length) Within(int size)
    {
        int step = Math.Max(Step, 1); // a default index is the whole dimension
        int start = Clip(Start ?? 0, size), stop = Clip(Stop ?? size, size);
        return (start, start >= stop ? 0 : (int)(((long)stop - start + step - 1) / step));
    }

    /// <summary>Python's spelling.</summary>
    public override string ToString() => Form switch
    {
        Kind.Integer => $"{Start}",
        Kind.Ellipsis => "...",
        Kind.NewAxis => "None",
        Kind.Tensor => Positions!.Describe(),
        _ => $"{Start}:{Stop}" + (Step > 1 ? $":{Step}" : ""),
    };

    private static int Clip(int position, int size) =>
        Math.Clamp(position < 0 ? Math.Max(position, -size) + size : position, 0, size);
}
