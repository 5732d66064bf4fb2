namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>The p-norm of each window, (Σ xᵖ)^(1/p).</summary>
    /// <remarks>A window that the input's end cuts short counts as if the rest had its mean, as in PyTorch.</remarks>
    /// <param name="x">[N, C, L] or [C, L].</param>
    /// <param name="normType">p.</param>
    /// <param name="kernelSize">Entries of a window along each dimension.</param>
    /// <param name="stride">From window to window; the kernel size if null.</param>
    /// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank, or no window fits.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range, or padding is more than half a
    /// window.</exception>
    public static Tensor LPPool1d(
        Tensor x, double normType, int kernelSize, int? stride = null, bool ceilMode = false) =>
        LPPool(x, normType, PoolWindows.Of("LPPool", kernelSize, stride, ceil: ceilMode));

    /// <inheritdoc cref="LPPool1d" path="//summary|//remarks|//param[@name != 'x']|//exception"/>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    public static Tensor LPPool2d(
        Tensor x, double normType, Size2D kernelSize, Size2D? stride = null, bool ceilMode = false) =>
        LPPool(x, normType, PoolWindows.Of("LPPool", kernelSize, stride, ceil: ceilMode));

    /// <inheritdoc cref="LPPool1d" path="//summary|//remarks|//param[@name != 'x']|//exception"/>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    public static Tensor LPPool3d(
        Tensor x, double normType, Size3D kernelSize, Size3D? stride = null, bool ceilMode = false) =>
        LPPool(x, normType, PoolWindows.Of("LPPool", kernelSize, stride, ceil: ceilMode));

    internal static Tensor LPPool(Tensor x, double p, PoolWindows settings)
    {
        // PyTorch's: the mean of each window, cut short or not, times the size of a whole one.
        double size = settings.Kernel.Aggregate(1.0, static (all, each) => all * each);
        Tensor mean = AvgPool(x.Pow(p), settings, includePadding: true, null);
        return ((mean.Sign() * mean.Abs().Relu()) * size).Pow(1 / p);
    }
}
