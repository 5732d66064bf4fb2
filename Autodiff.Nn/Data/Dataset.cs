using System.Collections;

namespace Autodiff.Nn;

/// <summary>Samples that are counted and found by their index (PyTorch's map-style <c>Dataset</c>).</summary>
/// <typeparam name="T">A sample: a tensor, several, or anything that a collation makes a batch of.</typeparam>
/// <example><code>
/// sealed class Squares : Dataset&lt;(Tensor X, Tensor Y)&gt;
/// {
///     public override int Count => 100;
///     protected override (Tensor X, Tensor Y) Get(int index) =>
///         (Tensor.From((float)index), Tensor.From((float)index * index));
/// }
/// </code></example>
public abstract class Dataset<T> : IReadOnlyList<T>
{
    /// <summary>The number of samples.</summary>
    public abstract int Count { get; }

    /// <summary>The sample at <paramref name="index"/>; negative counts from the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public T this[int index] => Get(Position(index));

    /// <summary>The sample at an index that was checked: 0 to <see cref="Count"/> - 1.</summary>
    protected abstract T Get(int index);

    /// <summary>
    /// Several samples as one batch, where the data set can make it faster than sample by sample; the default says it
    /// can't. A <see cref="DataLoader{TSample, TBatch}"/> without a collation of its own asks here first.
    /// </summary>
    /// <param name="indices">Which samples; checked.</param>
    /// <param name="batch">What collating them would give.</param>
    protected internal virtual bool TryGetBatch(ReadOnlySpan<long> indices, out T batch)
    {
        batch = default!;
        return false;
    }

    /// <summary>All samples in order.</summary>
    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return Get(i);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Position(int index)
    {
        int position = index < 0 ? index + Count : index;
        return position >= 0 && position < Count
            ? position
            : throw new ArgumentOutOfRangeException(nameof(index), index,
                $"{GetType().Name}: there is no sample {index}; there are {Count}.");
    }
}
