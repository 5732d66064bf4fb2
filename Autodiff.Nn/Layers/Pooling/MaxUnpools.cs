namespace Autodiff.Nn;

/// <summary>What takes the max pools back has in common.</summary>
/// <inheritdoc path="/typeparam"/>
public abstract class MaxUnpoolNd<TSize> : PoolNd<TSize> where TSize : struct
{
    private protected MaxUnpoolNd(TSize kernelSize, TSize? stride, TSize? padding) : base(kernelSize, stride, padding)
    {
    }

    /// <inheritdoc cref="Functional.MaxUnpool1d"/>
    public Tensor Forward(Tensor x, Tensor indices, TSize? outputSize = null) =>
        Functional.MaxUnpool<TSize>(x, indices, KernelSize, Stride, Padding, outputSize);
}

/// <inheritdoc cref="Functional.MaxUnpool1d"
/// path="//summary|//param[@name = 'kernelSize' or @name = 'stride' or @name = 'padding']"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
public class MaxUnpool1d(int kernelSize, int? stride = null, int? padding = null)
    : MaxUnpoolNd<int>(kernelSize, stride, padding);

/// <inheritdoc cref="MaxUnpool1d" path="//summary|//param"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
public class MaxUnpool2d(Size2D kernelSize, Size2D? stride = null, Size2D? padding = null)
    : MaxUnpoolNd<Size2D>(kernelSize, stride, padding);

/// <inheritdoc cref="MaxUnpool1d" path="//summary|//param"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
public class MaxUnpool3d(Size3D kernelSize, Size3D? stride = null, Size3D? padding = null)
    : MaxUnpoolNd<Size3D>(kernelSize, stride, padding);
