namespace Autodiff.Nn;

/// <summary>What the max pools have in common.</summary>
/// <inheritdoc path="/typeparam"/>
public abstract class MaxPoolNd<TSize> : PoolNd<TSize> where TSize : struct
{
    private readonly PoolWindows _windows;

    private protected MaxPoolNd(TSize kernelSize, TSize? stride, TSize? padding, TSize dilation, bool ceilMode)
        : base(kernelSize, stride, padding)
    {
        (Dilation, CeilMode) = (dilation, ceilMode);
        _windows = PoolWindows.Of("MaxPool", kernelSize, stride, padding, dilation, ceilMode);
    }

    /// <summary>From entry to entry of a window.</summary>
    public TSize Dilation { get; }

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; }

    protected override string Settings =>
        $"{Print(Format.Size)}, dilation={Format.Size(Dilation.Listed())}, ceil_mode={CeilMode}";

    public override Tensor Forward(Tensor x) => Functional.MaxPool(x, _windows);

    /// <summary>The largest entries and where they were found (PyTorch's <c>return_indices=True</c>).</summary>
    /// <param name="x">[N, C, ...] or [C, ...].</param>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) => Functional.MaxPoolWithIndices(x, _windows);
}

/// <inheritdoc cref="Functional.MaxPool1d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
public class MaxPool1d(
    int kernelSize, int? stride = null, int? padding = null, int? dilation = null, bool ceilMode = false)
    : MaxPoolNd<int>(kernelSize, stride, padding, dilation ?? 1, ceilMode);

/// <inheritdoc cref="MaxPool1d" path="//summary|//param"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
public class MaxPool2d(
    Size2D kernelSize, Size2D? stride = null, Size2D? padding = null, Size2D? dilation = null, bool ceilMode = false)
    : MaxPoolNd<Size2D>(kernelSize, stride, padding, dilation ?? 1, ceilMode);

/// <inheritdoc cref="MaxPool1d" path="//summary|//param"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
public class MaxPool3d(
    Size3D kernelSize, Size3D? stride = null, Size3D? padding = null, Size3D? dilation = null, bool ceilMode = false)
    : MaxPoolNd<Size3D>(kernelSize, stride, padding, dilation ?? 1, ceilMode);
