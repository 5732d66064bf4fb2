namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.MaxPool1d" path="/summary"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <param name="kernelSize">Entries of a window.</param>
/// <param name="stride">From window to window; the kernel size if null.</param>
/// <param name="padding">Entries added before and after, which are never the largest; none if null.</param>
/// <param name="dilation">From entry to entry of a window; 1 if null.</param>
/// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
public class MaxPool1d(
    int kernelSize, int? stride = null, int? padding = null, int? dilation = null, bool ceilMode = false) : Module
{
    /// <summary>Entries of a window.</summary>
    public int KernelSize { get; } = kernelSize;

    /// <summary>From window to window.</summary>
    public int Stride { get; } = stride ?? kernelSize;

    /// <summary>Entries added before and after.</summary>
    public int Padding { get; } = padding ?? 0;

    /// <summary>From entry to entry of a window.</summary>
    public int Dilation { get; } = dilation ?? 1;

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <inheritdoc/>
    protected override string Settings => $"kernel_size={PoolWindows.Text(KernelSize.Listed())}, "
        + $"stride={PoolWindows.Text(Stride.Listed())}, padding={PoolWindows.Text(Padding.Listed())}, "
        + $"dilation={PoolWindows.Text(Dilation.Listed())}, ceil_mode={CeilMode}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) =>
        Functional.MaxPool1d(x, KernelSize, Stride, Padding, Dilation, CeilMode);

    /// <summary>The largest entries and where they were found (PyTorch's <c>return_indices=True</c>).</summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) =>
        Functional.MaxPool1dWithIndices(x, KernelSize, Stride, Padding, Dilation, CeilMode);
}

/// <inheritdoc cref="Functional.MaxPool2d" path="/summary"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <param name="kernelSize">Entries of a window along the height and the width.</param>
/// <param name="stride">From window to window; the kernel size if null.</param>
/// <param name="padding">Entries added before and after, which are never the largest; none if null.</param>
/// <param name="dilation">From entry to entry of a window; 1 if null.</param>
/// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
public class MaxPool2d(
    Size2D kernelSize, Size2D? stride = null, Size2D? padding = null, Size2D? dilation = null,
    bool ceilMode = false) : Module
{
    /// <summary>Entries of a window.</summary>
    public Size2D KernelSize { get; } = kernelSize;

    /// <summary>From window to window.</summary>
    public Size2D Stride { get; } = stride ?? kernelSize;

    /// <summary>Entries added before and after.</summary>
    public Size2D Padding { get; } = padding ?? 0;

    /// <summary>From entry to entry of a window.</summary>
    public Size2D Dilation { get; } = dilation ?? 1;

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <inheritdoc/>
    protected override string Settings => $"kernel_size={PoolWindows.Text(KernelSize.Listed())}, "
        + $"stride={PoolWindows.Text(Stride.Listed())}, padding={PoolWindows.Text(Padding.Listed())}, "
        + $"dilation={PoolWindows.Text(Dilation.Listed())}, ceil_mode={CeilMode}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) =>
        Functional.MaxPool2d(x, KernelSize, Stride, Padding, Dilation, CeilMode);

    /// <summary>The largest entries and where they were found (PyTorch's <c>return_indices=True</c>).</summary>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) =>
        Functional.MaxPool2dWithIndices(x, KernelSize, Stride, Padding, Dilation, CeilMode);
}

/// <inheritdoc cref="Functional.MaxPool3d" path="/summary"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <param name="kernelSize">Entries of a window along the depth, the height and the width.</param>
/// <param name="stride">From window to window; the kernel size if null.</param>
/// <param name="padding">Entries added before and after, which are never the largest; none if null.</param>
/// <param name="dilation">From entry to entry of a window; 1 if null.</param>
/// <param name="ceilMode">Whether a last window that leaves the input is one too.</param>
public class MaxPool3d(
    Size3D kernelSize, Size3D? stride = null, Size3D? padding = null, Size3D? dilation = null,
    bool ceilMode = false) : Module
{
    /// <summary>Entries of a window.</summary>
    public Size3D KernelSize { get; } = kernelSize;

    /// <summary>From window to window.</summary>
    public Size3D Stride { get; } = stride ?? kernelSize;

    /// <summary>Entries added before and after.</summary>
    public Size3D Padding { get; } = padding ?? 0;

    /// <summary>From entry to entry of a window.</summary>
    public Size3D Dilation { get; } = dilation ?? 1;

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <inheritdoc/>
    protected override string Settings => $"kernel_size={PoolWindows.Text(KernelSize.Listed())}, "
        + $"stride={PoolWindows.Text(Stride.Listed())}, padding={PoolWindows.Text(Padding.Listed())}, "
        + $"dilation={PoolWindows.Text(Dilation.Listed())}, ceil_mode={CeilMode}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) =>
        Functional.MaxPool3d(x, KernelSize, Stride, Padding, Dilation, CeilMode);

    /// <summary>The largest entries and where they were found (PyTorch's <c>return_indices=True</c>).</summary>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) =>
        Functional.MaxPool3dWithIndices(x, KernelSize, Stride, Padding, Dilation, CeilMode);
}
