using System.Collections;

namespace Autodiff.Nn;

/// <summary>
/// Batches of a data set, once through for every <c>foreach</c>, in the order that PyTorch's <c>DataLoader</c> would
/// visit.
/// </summary>
/// <typeparam name="TSample">A sample.</typeparam>
/// <typeparam name="TBatch">A batch.</typeparam>
/// <remarks>
/// <para>Random numbers, drawn as PyTorch draws them on the thread that enumerates: each pass takes a base seed from
/// <c>generator</c> or the default generator, shuffled or not; a shuffled pass then takes its permutation, without a
/// <c>generator</c> from a private one that a second seed starts.</para>
/// <para>With <c>prefetch</c> a background thread gets and collates samples ahead of time, in the same grad mode. It
/// draws nothing itself; but a data set that draws random numbers in <see cref="Dataset{T}.Get"/> will do so earlier
/// than without.</para>
/// </remarks>
public class DataLoader<TSample, TBatch> : IEnumerable<TBatch>
{
    private readonly Func<IReadOnlyList<TSample>, TBatch>? _collate;
    private readonly Func<IReadOnlyList<TSample>, TBatch> _gather;
    private readonly TorchGenerator? _generator;
    private Device? _device;

    /// <summary>Prepares passes over a data set.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="batchSize">How many make a batch.</param>
    /// <param name="shuffle">Whether each pass has a new random order.</param>
    /// <param name="dropLast">Whether a last batch that would be short is left out.</param>
    /// <param name="collate">Makes a batch of samples; by default tensors are stacked.</param>
    /// <param name="generator">The source of the order; by default <see cref="TorchGenerator.Default"/> seeds a new one
    /// for each pass.</param>
    /// <param name="prefetch">How many batches a background thread may be ahead; 0 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is below 1 or <paramref name="prefetch"/> below
    /// 0.</exception>
    /// <exception cref="NotSupportedException">There is no usual collation from <typeparamref name="TSample"/> to
    /// <typeparamref name="TBatch"/> and none is given.</exception>
    public DataLoader(
        Dataset<TSample> dataset, int batchSize = 1, bool shuffle = false, bool dropLast = false,
        Func<IReadOnlyList<TSample>, TBatch>? collate = null, TorchGenerator? generator = null, int prefetch = 0)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(prefetch);
        Dataset = dataset;
        BatchSize = batchSize;
        IsShuffled = shuffle;
        DropsLast = dropLast;
        Prefetch = prefetch;
        _generator = generator;
        _collate = collate;
        _gather = collate ?? Collate.Default<TSample, TBatch>();
    }

    /// <summary>The samples.</summary>
    public Dataset<TSample> Dataset { get; }

    /// <summary>How many samples make a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Whether each pass has a new random order.</summary>
    public bool IsShuffled { get; }

    /// <summary>Whether a last short batch is left out.</summary>
    public bool DropsLast { get; }

    /// <summary>How many batches a background thread may be ahead.</summary>
    public int Prefetch { get; }

    /// <summary>The number of batches in a pass (PyTorch's <c>len(loader)</c>).</summary>
    public int Count => BatchesOf(Dataset.Count);

    /// <summary>From now on batches are moved to a device as they are handed out.</summary>
    /// <returns>This loader.</returns>
    public DataLoader<TSample, TBatch> To(Device device)
    {
        _device = device;
        return this;
    }

    /// <summary>
    /// Begins a pass over the samples that there are now; this draws its base seed.
    /// </summary>
    public IEnumerator<TBatch> GetEnumerator()
    {
        int count = Dataset.Count;
        IEnumerable<TBatch> pass = Pass(DataLoaderOrder.Pass(count, IsShuffled, _generator), count);
        return (_device is { } device ? pass.Select(b => Collate.Move(b, device)) : pass).GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int BatchesOf(int samples) =>
        DropsLast ? samples / BatchSize : (int)(((long)samples + BatchSize - 1) / BatchSize);

    private TBatch Make(long[] indices)
    {
        if (_collate is null && typeof(TSample) == typeof(TBatch) && Dataset.TryGetBatch(indices, out TSample batch))
        {
            return (TBatch)(object)batch!;
        }

        TSample[] samples = new TSample[indices.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = Dataset[(int)indices[i]];
        }

        return _gather(samples);
    }

    private IEnumerable<TBatch> Pass(IEnumerable<long> order, int count)
    {
        using IEnumerator<long> next = order.GetEnumerator();
        long[] indices = new long[count];
        for (int i = 0; i < indices.Length; i++)
        {
            next.MoveNext();
            indices[i] = next.Current;
        }

        long[][] batches = [.. indices.Chunk(BatchSize).Take(BatchesOf(count))];
        using IEnumerator<TBatch> made = (Prefetch == 0
            ? batches.Select(Make)
            : Background.Ahead(batches.Select(Make), Prefetch)).GetEnumerator();
        foreach (long[] batch in batches)
        {
            // Asking past the last index draws numbers. PyTorch asks before it hands out a short batch, and after a
            // full one.
            if (batch.Length < BatchSize)
            {
                next.MoveNext();
            }

            made.MoveNext();
            yield return made.Current;
        }

        next.MoveNext();
    }
}

/// <summary>
/// A loader whose batches are of the samples' type: tensors, pairs, triples or arrays of them, stacked.
/// </summary>
/// <typeparam name="T">A sample, and a batch.</typeparam>
public class DataLoader<T> : DataLoader<T, T>
{
    /// <inheritdoc/>
    public DataLoader(
        Dataset<T> dataset, int batchSize = 1, bool shuffle = false, bool dropLast = false,
        Func<IReadOnlyList<T>, T>? collate = null, TorchGenerator? generator = null, int prefetch = 0)
        : base(dataset, batchSize, shuffle, dropLast, collate, generator, prefetch)
    {
    }
}

/// <summary>A loader of batches of tensors, as from a <see cref="TensorDataset"/>.</summary>
/// <example><code>
/// DataLoader loader = new(new TensorDataset(inputs, targets), batchSize: 5, shuffle: true);
/// foreach ((Tensor x, Tensor y) in loader) { ... }
/// </code></example>
public class DataLoader : DataLoader<Tensor[]>
{
    /// <inheritdoc/>
    public DataLoader(
        Dataset<Tensor[]> dataset, int batchSize = 1, bool shuffle = false, bool dropLast = false,
        Func<IReadOnlyList<Tensor[]>, Tensor[]>? collate = null, TorchGenerator? generator = null, int prefetch = 0)
        : base(dataset, batchSize, shuffle, dropLast, collate, generator, prefetch)
    {
    }
}
