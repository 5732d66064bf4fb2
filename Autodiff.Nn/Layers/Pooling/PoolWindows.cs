using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The settings of a pool of one to three dimensions, checked, and the windows that they make.</summary>
/// <param name="Kind">The operation's name, without its dimensions.</param>
/// <param name="Kernel">Entries of a window along each dimension.</param>
/// <param name="Stride">From window to window; the kernel if null.</param>
/// <param name="Padding">Entries before and after that are in no average and never the largest; none if null.</param>
/// <param name="Dilation">From entry to entry of a window; 1 if null.</param>
/// <param name="Ceil">Whether a last window that leaves the input is one too.</param>
internal readonly record struct PoolWindows(
    string Kind, int[] Kernel, int[]? Stride, int[]? Padding, int[]? Dilation, bool Ceil)
{
    /// <summary>For messages.</summary>
    public string Operation => $"{Kind}{Kernel.Length}d";

    private int[] Steps => Stride ?? Kernel;

    /// <summary>The same from settings that are one number or as many as there are dimensions.</summary>
    public static PoolWindows Of<TSize>(
        string kind, TSize kernel, TSize? stride, TSize? padding = null, TSize? dilation = null, bool ceil = false)
        where TSize : struct =>
        new(kind, kernel.Listed(), stride.Listed(), padding.Listed(), dilation.Listed(), ceil);

    /// <summary>The windows over the last dimensions of x.</summary>
    /// <exception cref="ArgumentException">x has another rank, or no window fits.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public Windows[] Of(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        RequireSpatial(Operation, x, Kernel.Length);
        RequireInRange();
        Windows[] windows = new Windows[Kernel.Length];
        for (int i = 0; i < windows.Length; i++)
        {
            int size = x.Size(i - windows.Length), before = Padding?[i] ?? 0, dilation = Dilation?[i] ?? 1;
            long span = (long)dilation * (Kernel[i] - 1) + 1;
            if (before > span / 2)
            {
                throw OutOfRange(
                    "padding", before, $"{Operation}: padding {before} may be at most half of what a window spans, "
                        + $"{span / 2}.");
            }

            int count = Windows.CountOf(size, Kernel[i], Steps[i], before, before, dilation, Ceil);
            windows[i] = count < 1
                ? throw new ArgumentException(
                    $"{Operation}: a window spans {span} entries, which do not fit dim {i - windows.Length} of x "
                        + $"{x.Shape} with padding {before}.",
                    nameof(x))
                : Windows.Sliding(size, count, Kernel[i], Steps[i], before, dilation);
        }

        return windows;
    }

    /// <summary>The same as sums, divided by the entries that each window has: padding counts where it is to be
    /// included.</summary>
    public Band[] Sums(Tensor x, bool divide, bool includePadding)
    {
        Windows[] windows = Of(x);
        Band[] bands = new Band[windows.Length];
        for (int i = 0; i < bands.Length; i++)
        {
            double[]? divisors = null;
            if (divide)
            {
                divisors = new double[windows[i].Outputs];
                for (int o = 0; o < divisors.Length; o++)
                {
                    int around = Padding?[i] ?? 0;
                    long start = (long)o * Steps[i] - around, end = (long)windows[i].Inputs + around;
                    divisors[o] = includePadding ? Math.Min(start + Kernel[i], end) - start : windows[i].Counts[o];
                }
            }

            bands[i] = Band.Sums(windows[i], divisors);
        }

        return bands;
    }

    /// <summary>Refuses an input that is not [N, C, ...] or [C, ...] with so many more dimensions.</summary>
    public static void RequireSpatial(string operation, Tensor x, int dimensions)
    {
        ArgumentNullException.ThrowIfNull(x);
        string names = dimensions switch { 1 => "L", 2 => "H, W", _ => "D, H, W" };
        if (x.Rank != dimensions + 1 && x.Rank != dimensions + 2)
        {
            throw new ArgumentException(
                $"{operation}: input {x.Shape} must be [N, C, {names}] or [C, {names}].", nameof(x));
        }

        for (int d = x.Rank - dimensions - 1; d < x.Rank; d++)
        {
            if (x.Size(d) == 0)
            {
                throw new ArgumentException(
                    $"{operation}: input {x.Shape} may have no samples, but its other dimensions have entries.",
                    nameof(x));
            }
        }
    }

    /// <summary>Refuses sizes and steps below 1 and negative padding.</summary>
    public void RequireInRange()
    {
        Require("kernelSize", Kernel, 1);
        Require("stride", Steps, 1);
        Require("padding", Padding, 0);
        Require("dilation", Dilation, 1);
    }

    private void Require(string name, int[]? values, int least)
    {
        foreach (int value in values ?? [])
        {
            if (value < least)
            {
                throw OutOfRange(
                    name, value, $"{Operation}: {name} is {value}; it must be {least} or more.");
            }
        }
    }

    /// <summary>What is thrown for a setting of a caller's.</summary>
    public static ArgumentOutOfRangeException OutOfRange(string name, object value, string message) =>
        new(name, value, message);
}
