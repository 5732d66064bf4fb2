using Autodiff.Operations;

namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>The largest entry of each window; the first of equals gets the gradient.</summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    /// <param name="kernelSize">Entries of a window along each dimension.</param>
    /// <param name="stride">From window to window; the kernel size if null.</param>
    /// <param name="padding">Entries added before and after, which are never the largest; none if null.</param>
    /// <param name="dilation">From entry to entry of a window; 1 if null.</param>
    /// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank, or no window fits.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range, or padding is more than half a
    /// window.</exception>
    public static Tensor MaxPool1d(
        Tensor x, int kernelSize, int? stride = null, int? padding = null, int? dilation = null,
        bool ceilMode = false) =>
        MaxPool(x, PoolWindows.Of("MaxPool", kernelSize, stride, padding, dilation, ceilMode));

    /// <inheritdoc cref="MaxPool1d" path="//param|//exception"/>
    /// <summary><see cref="MaxPool1d"/>, and where each entry was found: its position in [L] as one
    /// dimension.</summary>
    public static (Tensor Values, Tensor Indices) MaxPool1dWithIndices(
        Tensor x, int kernelSize, int? stride = null, int? padding = null, int? dilation = null,
        bool ceilMode = false) =>
        MaxPoolWithIndices(x, PoolWindows.Of("MaxPool", kernelSize, stride, padding, dilation, ceilMode));

    /// <inheritdoc cref="MaxPool1d" path="//summary|//param[@name != 'x']|//exception"/>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    public static Tensor MaxPool2d(
        Tensor x, Size2D kernelSize, Size2D? stride = null, Size2D? padding = null, Size2D? dilation = null,
        bool ceilMode = false) =>
        MaxPool(x, PoolWindows.Of("MaxPool", kernelSize, stride, padding, dilation, ceilMode));

    /// <inheritdoc cref="MaxPool2d" path="//param|//exception"/>
    /// <summary><see cref="MaxPool2d"/>, and where each entry was found: its position in [H, W] as one
    /// dimension.</summary>
    public static (Tensor Values, Tensor Indices) MaxPool2dWithIndices(
        Tensor x, Size2D kernelSize, Size2D? stride = null, Size2D? padding = null, Size2D? dilation = null,
        bool ceilMode = false) =>
        MaxPoolWithIndices(x, PoolWindows.Of("MaxPool", kernelSize, stride, padding, dilation, ceilMode));

    /// <inheritdoc cref="MaxPool1d" path="//summary|//param[@name != 'x']|//exception"/>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    public static Tensor MaxPool3d(
        Tensor x, Size3D kernelSize, Size3D? stride = null, Size3D? padding = null, Size3D? dilation = null,
        bool ceilMode = false) =>
        MaxPool(x, PoolWindows.Of("MaxPool", kernelSize, stride, padding, dilation, ceilMode));

    /// <inheritdoc cref="MaxPool3d" path="//param|//exception"/>
    /// <summary><see cref="MaxPool3d"/>, and where each entry was found: its position in [D, H, W] as one
    /// dimension.</summary>
    public static (Tensor Values, Tensor Indices) MaxPool3dWithIndices(
        Tensor x, Size3D kernelSize, Size3D? stride = null, Size3D? padding = null, Size3D? dilation = null,
        bool ceilMode = false) =>
        MaxPoolWithIndices(x, PoolWindows.Of("MaxPool", kernelSize, stride, padding, dilation, ceilMode));

    internal static Tensor MaxPool(Tensor x, PoolWindows settings) => MaxPool(x, settings, false).Values;

    internal static (Tensor Values, Tensor Indices) MaxPoolWithIndices(Tensor x, PoolWindows settings) =>
        WithIndices(MaxPool(x, settings, true));

    private static (Tensor Values, Tensor? Positions) MaxPool(Tensor x, PoolWindows settings, bool withPositions)
    {
        Windows[] windows = settings.Of(x);
        foreach (Windows along in windows)
        {
            if (along.Counts.Contains(0))
            {
                throw new ArgumentException(
                    $"{settings.Operation}: a window over x {x.Shape} would see nothing but padding.", nameof(x));
            }
        }

        return x.MaxPool(windows, withPositions);
    }

    private static (Tensor Values, Tensor Indices) WithIndices((Tensor Values, Tensor? Positions) pooled) =>
        (pooled.Values, pooled.Positions!);
}
