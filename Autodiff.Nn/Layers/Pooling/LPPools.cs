namespace Autodiff.Nn;

/// <summary>What the power-average pools have in common.</summary>
/// <inheritdoc cref="PoolNd{TSize}" path="/typeparam"/>
public abstract class LPPoolNd<TSize> : Module where TSize : struct
{
    private readonly PoolWindows _windows;

    private protected LPPoolNd(double normType, TSize kernelSize, TSize? stride, bool ceilMode)
    {
        (NormType, KernelSize, Stride, CeilMode) = (normType, kernelSize, stride, ceilMode);
        _windows = PoolWindows.Of("LPPool", kernelSize, stride, ceil: ceilMode);
    }

    /// <summary>p.</summary>
    public double NormType { get; }

    /// <summary>Entries of a window along each dimension.</summary>
    public TSize KernelSize { get; }

    /// <summary>From window to window, or null for the kernel size.</summary>
    public TSize? Stride { get; }

    /// <summary>Whether a last window that leaves the input is one too.</summary>
    public bool CeilMode { get; }

    protected override string Settings =>
        $"norm_type={NormType:0.################}, kernel_size={Format.Size(KernelSize.Listed())}, "
        + $"stride={(Stride is { } stride ? Format.Size(stride.Listed()) : "None")}, ceil_mode={CeilMode}";

    public override Tensor Forward(Tensor x) => Functional.LPPool(x, NormType, _windows);
}

/// <inheritdoc cref="Functional.LPPool1d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
public class LPPool1d(double normType, int kernelSize, int? stride = null, bool ceilMode = false)
    : LPPoolNd<int>(normType, kernelSize, stride, ceilMode);

/// <inheritdoc cref="LPPool1d" path="//summary|//param"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
public class LPPool2d(double normType, Size2D kernelSize, Size2D? stride = null, bool ceilMode = false)
    : LPPoolNd<Size2D>(normType, kernelSize, stride, ceilMode);

/// <inheritdoc cref="LPPool1d" path="//summary|//param"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
public class LPPool3d(double normType, Size3D kernelSize, Size3D? stride = null, bool ceilMode = false)
    : LPPoolNd<Size3D>(normType, kernelSize, stride, ceilMode);
