namespace Autodiff.Nn;

/// <summary>Some samples of a data set, in an order of their own.</summary>
/// <typeparam name="T">A sample.</typeparam>
public sealed class Subset<T> : Dataset<T>
{
    private readonly long[] _indices;

    /// <summary>Picks samples.</summary>
    /// <param name="source">The data set.</param>
    /// <param name="indices">Which samples, in order; an index may come twice.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public Subset(Dataset<T> source, params ReadOnlySpan<long> indices)
    {
        ArgumentNullException.ThrowIfNull(source);
        foreach (long index in indices)
        {
            if (index < 0 || index >= source.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(indices), index,
                    $"Subset: there is no sample {index}; there are {source.Count}.");
            }
        }

        Source = source;
        _indices = indices.ToArray();
    }

    /// <summary>The data set that the samples come from.</summary>
    public Dataset<T> Source { get; }

    /// <summary>Which of its samples these are.</summary>
    public IReadOnlyList<long> Indices => _indices;

    public override int Count => _indices.Length;

    protected override T Get(int index) => Source[(int)_indices[index]];

    protected internal override bool TryGetBatch(ReadOnlySpan<long> indices, out T batch)
    {
        long[] inner = new long[indices.Length];
        for (int i = 0; i < inner.Length; i++)
        {
            inner[i] = _indices[indices[i]];
        }

        return Source.TryGetBatch(inner, out batch);
    }
}
