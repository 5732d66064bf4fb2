namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.MaxUnpool1d" path="/summary"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <param name="kernelSize">The kernel size of the pool.</param>
/// <param name="stride">The stride of the pool; the kernel size if null.</param>
/// <param name="padding">The padding of the pool; none if null.</param>
public class MaxUnpool1d(int kernelSize, int? stride = null, int? padding = null) : Module
{
    /// <summary>The kernel size of the pool.</summary>
    public int KernelSize { get; } = kernelSize;

    /// <summary>The stride of the pool.</summary>
    public int Stride { get; } = stride ?? kernelSize;

    /// <summary>The padding of the pool.</summary>
    public int Padding { get; } = padding ?? 0;

    /// <inheritdoc/>
    protected override string Settings => $"kernel_size={PoolWindows.Tuple(KernelSize.Listed())}, "
        + $"stride={PoolWindows.Tuple(Stride.Listed())}, padding={PoolWindows.Tuple(Padding.Listed())}";

    /// <inheritdoc cref="Functional.MaxUnpool1d"/>
    public Tensor Forward(Tensor x, Tensor indices, int? outputSize = null) =>
        Functional.MaxUnpool1d(x, indices, KernelSize, Stride, Padding, outputSize);
}

/// <inheritdoc cref="Functional.MaxUnpool2d" path="/summary"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <param name="kernelSize">The kernel size of the pool.</param>
/// <param name="stride">The stride of the pool; the kernel size if null.</param>
/// <param name="padding">The padding of the pool; none if null.</param>
public class MaxUnpool2d(Size2D kernelSize, Size2D? stride = null, Size2D? padding = null) : Module
{
    /// <summary>The kernel size of the pool.</summary>
    public Size2D KernelSize { get; } = kernelSize;

    /// <summary>The stride of the pool.</summary>
    public Size2D Stride { get; } = stride ?? kernelSize;

    /// <summary>The padding of the pool.</summary>
    public Size2D Padding { get; } = padding ?? 0;

    /// <inheritdoc/>
    protected override string Settings => $"kernel_size={PoolWindows.Tuple(KernelSize.Listed())}, "
        + $"stride={PoolWindows.Tuple(Stride.Listed())}, padding={PoolWindows.Tuple(Padding.Listed())}";

    /// <inheritdoc cref="Functional.MaxUnpool2d"/>
    public Tensor Forward(Tensor x, Tensor indices, Size2D? outputSize = null) =>
        Functional.MaxUnpool2d(x, indices, KernelSize, Stride, Padding, outputSize);
}

/// <inheritdoc cref="Functional.MaxUnpool3d" path="/summary"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <param name="kernelSize">The kernel size of the pool.</param>
/// <param name="stride">The stride of the pool; the kernel size if null.</param>
/// <param name="padding">The padding of the pool; none if null.</param>
public class MaxUnpool3d(Size3D kernelSize, Size3D? stride = null, Size3D? padding = null) : Module
{
    /// <summary>The kernel size of the pool.</summary>
    public Size3D KernelSize { get; } = kernelSize;

    /// <summary>The stride of the pool.</summary>
    public Size3D Stride { get; } = stride ?? kernelSize;

    /// <summary>The padding of the pool.</summary>
    public Size3D Padding { get; } = padding ?? 0;

    /// <inheritdoc/>
    protected override string Settings => $"kernel_size={PoolWindows.Tuple(KernelSize.Listed())}, "
        + $"stride={PoolWindows.Tuple(Stride.Listed())}, padding={PoolWindows.Tuple(Padding.Listed())}";

    /// <inheritdoc cref="Functional.MaxUnpool3d"/>
    public Tensor Forward(Tensor x, Tensor indices, Size3D? outputSize = null) =>
        Functional.MaxUnpool3d(x, indices, KernelSize, Stride, Padding, outputSize);
}
