namespace Autodiff.Operations;

/// <summary>Which rows of [Σ batch sizes, ...] belong to each step.</summary>
internal sealed class SequenceSteps : IEquatable<SequenceSteps>
{
    public SequenceSteps(int[] batchSizes)
    {
        BatchSizes = batchSizes;
        Starts = new int[batchSizes.Length + 1];
        for (int t = 0; t < batchSizes.Length; t++)
        {
            Starts[t + 1] = checked(Starts[t] + batchSizes[t]);
        }
    }

    /// <summary>As many sequences at every step.</summary>
    public static SequenceSteps Even(int steps, int batch) => new([.. Enumerable.Repeat(batch, steps)]);

    public int[] BatchSizes { get; }

    /// <summary>The first row of each step, and behind them the number of rows.</summary>
    public int[] Starts { get; }

    public int Count => BatchSizes.Length;

    /// <summary>How many sequences there are.</summary>
    public int Batch => BatchSizes[0];

    public int Rows => Starts[^1];

    public bool Equals(SequenceSteps? other) =>
        other is not null && BatchSizes.AsSpan().SequenceEqual(other.BatchSizes);

    public override bool Equals(object? obj) => Equals(obj as SequenceSteps);

    public override int GetHashCode() => HashCode.Combine(Count, Rows, BatchSizes.Length == 0 ? 0 : Batch);
}
