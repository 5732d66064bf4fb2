namespace Autodiff.Nn;

/// <summary>What the average pools have in common.</summary>
/// <inheritdoc path="/typeparam"/>
public abstract class AvgPoolNd<TSize> : PoolNd<TSize> where TSize : struct
{
    private readonly PoolWindows _windows;

    private protected AvgPoolNd(
        TSize kernelSize, TSize? stride, TSize? padding, bool ceilMode, bool countIncludePad, int? divisor = null)
        : base(kernelSize, stride, padding)
    {
        (CeilMode, CountIncludePad, Divisor) = (ceilMode, countIncludePad, divisor);
        _windows = PoolWindows.Of("AvgPool", kernelSize, stride, padding, ceil: ceilMode);
    }

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; }

    /// <summary>Whether zeros of the padding are counted in the average.</summary>
    public bool CountIncludePad { get; }

    private protected int? Divisor { get; }

    protected override string Settings => KernelSize is int ? base.Settings : Print(Format.Size);

    public override Tensor Forward(Tensor x) => Functional.AvgPool(x, _windows, CountIncludePad, Divisor);
}

/// <inheritdoc cref="Functional.AvgPool1d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
public class AvgPool1d(
    int kernelSize, int? stride = null, int? padding = null, bool ceilMode = false, bool countIncludePad = true)
    : AvgPoolNd<int>(kernelSize, stride, padding, ceilMode, countIncludePad);

/// <inheritdoc cref="Functional.AvgPool2d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
public class AvgPool2d(
    Size2D kernelSize, Size2D? stride = null, Size2D? padding = null, bool ceilMode = false,
    bool countIncludePad = true, int? divisorOverride = null)
    : AvgPoolNd<Size2D>(kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride)
{
    /// <summary>What sums are divided by instead of the number of entries, or null.</summary>
    public int? DivisorOverride => Divisor;
}

/// <inheritdoc cref="AvgPool2d" path="//summary|//param"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
public class AvgPool3d(
    Size3D kernelSize, Size3D? stride = null, Size3D? padding = null, bool ceilMode = false,
    bool countIncludePad = true, int? divisorOverride = null)
    : AvgPoolNd<Size3D>(kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride)
{
    /// <inheritdoc cref="AvgPool2d.DivisorOverride"/>
    public int? DivisorOverride => Divisor;
}
