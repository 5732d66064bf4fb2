namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>The mean of each window.</summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    /// <param name="kernelSize">Entries of a window along each dimension.</param>
    /// <param name="stride">From window to window; the kernel size if null.</param>
    /// <param name="padding">Zeros added before and after; none if null.</param>
    /// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
    /// <param name="countIncludePad">Whether zeros of the padding are counted in the average.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank, or no window fits.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range, or padding is more than half a
    /// window.</exception>
    public static Tensor AvgPool1d(
        Tensor x, int kernelSize, int? stride = null, int? padding = null, bool ceilMode = false,
        bool countIncludePad = true) =>
        AvgPool(x, PoolWindows.Of("AvgPool", kernelSize, stride, padding, ceil: ceilMode), countIncludePad, null);

    /// <inheritdoc cref="AvgPool1d" path="//summary|//param[@name != 'x']|//exception"/>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <param name="divisorOverride">What sums are divided by, instead of the number of entries.</param>
    public static Tensor AvgPool2d(
        Tensor x, Size2D kernelSize, Size2D? stride = null, Size2D? padding = null, bool ceilMode = false,
        bool countIncludePad = true, int? divisorOverride = null) =>
        AvgPool(
            x, PoolWindows.Of("AvgPool", kernelSize, stride, padding, ceil: ceilMode), countIncludePad,
            divisorOverride);

    /// <inheritdoc cref="AvgPool2d" path="//summary|//param[@name != 'x']|//exception"/>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    public static Tensor AvgPool3d(
        Tensor x, Size3D kernelSize, Size3D? stride = null, Size3D? padding = null, bool ceilMode = false,
        bool countIncludePad = true, int? divisorOverride = null) =>
        AvgPool(
            x, PoolWindows.Of("AvgPool", kernelSize, stride, padding, ceil: ceilMode), countIncludePad,
            divisorOverride);

    internal static Tensor AvgPool(Tensor x, PoolWindows settings, bool includePadding, int? divisor)
    {
        if (divisor == 0)
        {
            throw PoolWindows.OutOfRange(
                "divisorOverride", divisor, $"{settings.Operation}: sums can't be divided by 0.");
        }

        Tensor y = x.Resample(settings.Operation, settings.Sums(x, divide: divisor is null, includePadding));
        return divisor is { } by ? y / by : y;
    }
}
