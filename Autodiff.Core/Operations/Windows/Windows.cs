namespace Autodiff.Operations;

/// <summary>The entries of a dimension that each result of a pool sees: <c>Counts[o]</c> of them from <c>Starts[o]</c>
/// on.</summary>
/// <param name="inputs">Entries of the dimension.</param>
/// <param name="starts">The first one of each window.</param>
/// <param name="counts">How many each window has, all within the dimension.</param>
/// <param name="step">From one entry of a window to the next.</param>
internal class Windows(int inputs, int[] starts, int[] counts, int step = 1) : IEquatable<Windows>
{
    /// <summary>Entries of the dimension.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>How many windows there are.</summary>
    public int Outputs => Starts.Length;

    /// <summary>The first entry of each window.</summary>
    public int[] Starts { get; } = starts;

    /// <summary>How many entries each window has.</summary>
    public int[] Counts { get; } = counts;

    /// <summary>
    /// For each window the end of those from it on that have as many entries and lie equally far apart.
    /// </summary>
    public int[] AlikeUntil { get; } = EndsOfRuns(starts, counts);

    /// <summary>From one entry of a window to the next.</summary>
    public int Step { get; } = step;

    /// <summary>How many windows fit: beyond the padded end there are entries only in ceil mode, and never a whole
    /// window.</summary>
    public static int CountOf(int inputs, int size, int stride, int before, int after, int dilation, bool ceil)
    {
        long lastStart = (long)inputs + before + after - (long)dilation * (size - 1) - 1;
        long count = FloorDivide(lastStart + (ceil ? stride - 1 : 0), stride) + 1;
        if (ceil && (count - 1) * stride >= (long)inputs + before)
        {
            count--;
        }

        return (int)count;
    }

    /// <summary>How far the window after <paramref name="o"/> is from it, if there is one.</summary>
    public int StrideFrom(int o) => o + 1 < Outputs ? Starts[o + 1] - Starts[o] : 0;

    /// <summary>Windows of one size, one every <paramref name="stride"/> entries, cut at the ends of the
    /// dimension.</summary>
    public static Windows Sliding(int inputs, int outputs, int size, int stride, int before, int dilation)
    {
        int[] starts = new int[outputs], counts = new int[outputs];
        for (int o = 0; o < outputs; o++)
        {
            long start = (long)o * stride - before, end = start + (long)(size - 1) * dilation + 1;
            if (start < 0)
            {
                start += (-start + dilation - 1) / dilation * dilation;
            }

            end = Math.Min(end, inputs);
            starts[o] = (int)Math.Min(start, Math.Max(inputs - 1, 0));
            counts[o] = start >= end ? 0 : (int)((end - start + dilation - 1) / dilation);
        }

        return new(inputs, starts, counts, dilation);
    }

    /// <summary>Windows that share out the dimension: from ⌊o L / O⌋ to ⌈(o + 1) L / O⌉.</summary>
    public static Windows Adaptive(int inputs, int outputs)
    {
        int[] starts = new int[outputs], counts = new int[outputs];
        for (int o = 0; o < outputs; o++)
        {
            starts[o] = (int)((long)o * inputs / outputs);
            counts[o] = (int)(((long)(o + 1) * inputs + outputs - 1) / outputs) - starts[o];
        }

        return new(inputs, starts, counts);
    }

    public virtual bool Equals(Windows? other) =>
        other is not null && GetType() == other.GetType() && Inputs == other.Inputs
        && Step == other.Step && Starts.AsSpan().SequenceEqual(other.Starts)
        && Counts.AsSpan().SequenceEqual(other.Counts);

    public sealed override bool Equals(object? obj) => Equals(obj as Windows);

    public override int GetHashCode() =>
        HashCode.Combine(Inputs, Outputs, Step, Outputs == 0 ? 0 : HashCode.Combine(Starts[^1], Counts[0], Counts[^1]));

    private static int[] EndsOfRuns(int[] starts, int[] counts)
    {
        int[] ends = new int[counts.Length];
        for (int o = counts.Length - 1; o >= 0; o--)
        {
            int next = o + 1;
            if (next == counts.Length || counts[next] != counts[o])
            {
                ends[o] = next;
            }
            else
            {
                bool isRun = ends[next] > next + 1;
                ends[o] = isRun && starts[next + 1] - starts[next] != starts[next] - starts[o] ? next + 1 : ends[next];
            }
        }

        return ends;
    }

    private static long FloorDivide(long a, long b) => a >= 0 ? a / b : -((-a + b - 1) / b);
}
