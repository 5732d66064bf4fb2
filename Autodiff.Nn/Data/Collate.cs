namespace Autodiff.Nn;

/// <summary>Ways to make a batch of samples.</summary>
public static class Collate
{
    /// <summary>Stacks samples of one shape along a new first dimension.</summary>
    public static Tensor Stack(IReadOnlyList<Tensor> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return Tensor.Stack([.. samples]);
    }

    /// <summary>Numbers as a vector.</summary>
    /// <typeparam name="T">bool, int, long, float or double.</typeparam>
    public static Tensor Numbers<T>(IReadOnlyList<T> samples) where T : unmanaged => Tensor.From([.. samples]);

    /// <summary>Samples of several tensors: stacks the first ones, the second ones, ...</summary>
    /// <exception cref="ArgumentException">The samples do not all have the same number of tensors.</exception>
    public static Tensor[] Tensors(IReadOnlyList<Tensor[]> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.FirstOrDefault(s => s.Length != samples[0].Length) is { } other)
        {
            throw new ArgumentException(
                $"Collate: samples of {samples[0].Length} and of {other.Length} tensors make no batch.",
                nameof(samples));
        }

        return [.. Enumerable.Range(0, samples[0].Length).Select(i => Stack([.. samples.Select(s => s[i])]))];
    }

    /// <summary>Pairs of tensors.</summary>
    public static (Tensor, Tensor) Pairs(IReadOnlyList<(Tensor First, Tensor Second)> samples) =>
        (Stack([.. samples.Select(s => s.First)]), Stack([.. samples.Select(s => s.Second)]));

    /// <summary>Tensors with a label each.</summary>
    public static (Tensor, Tensor) Labelled(IReadOnlyList<(Tensor Input, long Label)> samples) =>
        (Stack([.. samples.Select(s => s.Input)]), Numbers([.. samples.Select(s => s.Label)]));

    /// <summary>Triples of tensors.</summary>
    public static (Tensor, Tensor,
        Tensor) Triples(IReadOnlyList<(Tensor First, Tensor Second, Tensor Third)> samples) =>
        (Stack([.. samples.Select(s => s.First)]), Stack([.. samples.Select(s => s.Second)]),
            Stack([.. samples.Select(s => s.Third)]));

    /// <summary>
    /// The usual collation: tensors, arrays of tensors, pairs and triples are stacked, numbers become a vector, labels
    /// too.
    /// </summary>
    /// <exception cref="NotSupportedException">There is none for the types.</exception>
    internal static Func<IReadOnlyList<TSample>, TBatch> Default<TSample, TBatch>()
    {
        Delegate[] usual =
        [
            Stack, Tensors, Pairs, Triples, Labelled, Numbers<float>, Numbers<double>, Numbers<int>, Numbers<long>,
            Numbers<bool>,
        ];
        return usual.OfType<Func<IReadOnlyList<TSample>, TBatch>>().FirstOrDefault() ?? throw new NotSupportedException(
            $"DataLoader: there is no usual way to make a {typeof(TBatch).Name} of samples of {typeof(TSample).Name}; "
                + "use DataLoader<TSample, TBatch> and pass collate.");
    }

    /// <summary>What moves a batch of the usual types to a device.</summary>
    internal static T Move<T>(T batch, Device device) => batch switch
    {
        Tensor t => (T)(object)t.To(device),
        Tensor[] many => (T)(object)Array.ConvertAll(many, t => t.To(device)),
        ValueTuple<Tensor, Tensor> pair => (T)(object)(pair.Item1.To(device), pair.Item2.To(device)),
        ValueTuple<Tensor, Tensor, Tensor> triple =>
            (T)(object)(triple.Item1.To(device), triple.Item2.To(device), triple.Item3.To(device)),
        _ =>
            throw new NotSupportedException(
                $"DataLoader: a batch of {typeof(T).Name} can't be moved to {device}; move it in collate."),
    };
}
