namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.LPPool1d" path="/summary"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <param name="normType">p.</param>
/// <param name="kernelSize">Entries of a window.</param>
/// <param name="stride">From window to window; the kernel size if null.</param>
/// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
public class LPPool1d(double normType, int kernelSize, int? stride = null, bool ceilMode = false) : Module
{
    /// <summary>p.</summary>
    public double NormType { get; } = normType;

    /// <summary>Entries of a window.</summary>
    public int KernelSize { get; } = kernelSize;

    /// <summary>From window to window, or null for the kernel size.</summary>
    public int? Stride { get; } = stride;

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <inheritdoc/>
    protected override string Settings =>
        $"norm_type={NormType:0.################}, kernel_size={PoolWindows.Text(KernelSize.Listed())}, "
        + $"stride={(Stride is { } stride ? PoolWindows.Text(stride.Listed()) : "None")}, ceil_mode={CeilMode}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Functional.LPPool1d(x, NormType, KernelSize, Stride, CeilMode);
}

/// <inheritdoc cref="Functional.LPPool2d" path="/summary"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <param name="normType">p.</param>
/// <param name="kernelSize">Entries of a window along the height and the width.</param>
/// <param name="stride">From window to window; the kernel size if null.</param>
/// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
public class LPPool2d(double normType, Size2D kernelSize, Size2D? stride = null, bool ceilMode = false) : Module
{
    /// <summary>p.</summary>
    public double NormType { get; } = normType;

    /// <summary>Entries of a window.</summary>
    public Size2D KernelSize { get; } = kernelSize;

    /// <summary>From window to window, or null for the kernel size.</summary>
    public Size2D? Stride { get; } = stride;

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <inheritdoc/>
    protected override string Settings =>
        $"norm_type={NormType:0.################}, kernel_size={PoolWindows.Text(KernelSize.Listed())}, "
        + $"stride={(Stride is { } stride ? PoolWindows.Text(stride.Listed()) : "None")}, ceil_mode={CeilMode}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Functional.LPPool2d(x, NormType, KernelSize, Stride, CeilMode);
}

/// <inheritdoc cref="Functional.LPPool3d" path="/summary"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <param name="normType">p.</param>
/// <param name="kernelSize">Entries of a window along the depth, the height and the width.</param>
/// <param name="stride">From window to window; the kernel size if null.</param>
/// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
public class LPPool3d(double normType, Size3D kernelSize, Size3D? stride = null, bool ceilMode = false) : Module
{
    /// <summary>p.</summary>
    public double NormType { get; } = normType;

    /// <summary>Entries of a window.</summary>
    public Size3D KernelSize { get; } = kernelSize;

    /// <summary>From window to window, or null for the kernel size.</summary>
    public Size3D? Stride { get; } = stride;

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <inheritdoc/>
    protected override string Settings =>
        $"norm_type={NormType:0.################}, kernel_size={PoolWindows.Text(KernelSize.Listed())}, "
        + $"stride={(Stride is { } stride ? PoolWindows.Text(stride.Listed()) : "None")}, ceil_mode={CeilMode}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Functional.LPPool3d(x, NormType, KernelSize, Stride, CeilMode);
}
