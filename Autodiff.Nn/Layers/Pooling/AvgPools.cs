namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.AvgPool1d" path="/summary"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <param name="kernelSize">Entries of a window.</param>
/// <param name="stride">From window to window; the kernel size if null.</param>
/// <param name="padding">Zeros added before and after; none if null.</param>
/// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
/// <param name="countIncludePad">Whether zeros of the padding are counted in the average.</param>
public class AvgPool1d(
    int kernelSize, int? stride = null, int? padding = null, bool ceilMode = false,
    bool countIncludePad = true) : Module
{
    /// <summary>Entries of a window.</summary>
    public int KernelSize { get; } = kernelSize;

    /// <summary>From window to window.</summary>
    public int Stride { get; } = stride ?? kernelSize;

    /// <summary>Zeros added before and after.</summary>
    public int Padding { get; } = padding ?? 0;

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <summary>Whether zeros of the padding are counted in the average.</summary>
    public bool CountIncludePad { get; } = countIncludePad;

    /// <inheritdoc/>
    protected override string Settings => $"kernel_size={PoolWindows.Tuple(KernelSize.Listed())}, "
        + $"stride={PoolWindows.Tuple(Stride.Listed())}, padding={PoolWindows.Tuple(Padding.Listed())}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) =>
        Functional.AvgPool1d(x, KernelSize, Stride, Padding, CeilMode, CountIncludePad);
}

/// <inheritdoc cref="Functional.AvgPool2d" path="/summary"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <param name="kernelSize">Entries of a window along the height and the width.</param>
/// <param name="stride">From window to window; the kernel size if null.</param>
/// <param name="padding">Zeros added before and after; none if null.</param>
/// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
/// <param name="countIncludePad">Whether zeros of the padding are counted in the average.</param>
/// <param name="divisorOverride">What sums are divided by, instead of the number of entries.</param>
public class AvgPool2d(
    Size2D kernelSize, Size2D? stride = null, Size2D? padding = null, bool ceilMode = false,
    bool countIncludePad = true, int? divisorOverride = null) : Module
{
    /// <summary>Entries of a window.</summary>
    public Size2D KernelSize { get; } = kernelSize;

    /// <summary>From window to window.</summary>
    public Size2D Stride { get; } = stride ?? kernelSize;

    /// <summary>Zeros added before and after.</summary>
    public Size2D Padding { get; } = padding ?? 0;

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <summary>Whether zeros of the padding are counted in the average.</summary>
    public bool CountIncludePad { get; } = countIncludePad;

    /// <summary>What sums are divided by instead of the number of entries, or null.</summary>
    public int? DivisorOverride { get; } = divisorOverride;

    /// <inheritdoc/>
    protected override string Settings => $"kernel_size={PoolWindows.Text(KernelSize.Listed())}, "
        + $"stride={PoolWindows.Text(Stride.Listed())}, padding={PoolWindows.Text(Padding.Listed())}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) =>
        Functional.AvgPool2d(x, KernelSize, Stride, Padding, CeilMode, CountIncludePad, DivisorOverride);
}

/// <inheritdoc cref="Functional.AvgPool3d" path="/summary"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <param name="kernelSize">Entries of a window along the depth, the height and the width.</param>
/// <param name="stride">From window to window; the kernel size if null.</param>
/// <param name="padding">Zeros added before and after; none if null.</param>
/// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
/// <param name="countIncludePad">Whether zeros of the padding are counted in the average.</param>
/// <param name="divisorOverride">What sums are divided by, instead of the number of entries.</param>
public class AvgPool3d(
    Size3D kernelSize, Size3D? stride = null, Size3D? padding = null, bool ceilMode = false,
    bool countIncludePad = true, int? divisorOverride = null) : Module
{
    /// <summary>Entries of a window.</summary>
    public Size3D KernelSize { get; } = kernelSize;

    /// <summary>From window to window.</summary>
    public Size3D Stride { get; } = stride ?? kernelSize;

    /// <summary>Zeros added before and after.</summary>
    public Size3D Padding { get; } = padding ?? 0;

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <summary>Whether zeros of the padding are counted in the average.</summary>
    public bool CountIncludePad { get; } = countIncludePad;

    /// <summary>What sums are divided by instead of the number of entries, or null.</summary>
    public int? DivisorOverride { get; } = divisorOverride;

    /// <inheritdoc/>
    protected override string Settings => $"kernel_size={PoolWindows.Text(KernelSize.Listed())}, "
        + $"stride={PoolWindows.Text(Stride.Listed())}, padding={PoolWindows.Text(Padding.Listed())}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) =>
        Functional.AvgPool3d(x, KernelSize, Stride, Padding, CeilMode, CountIncludePad, DivisorOverride);
}
