namespace Autodiff.Nn;

/// <summary>What pools over windows of one to three dimensions have in common: how the windows lie.</summary>
/// <typeparam name="TSize">
/// A setting along each dimension: int, <see cref="Size2D"/> or <see cref="Size3D"/>.
/// </typeparam>
public abstract class PoolNd<TSize> : Module where TSize : struct
{
    private protected PoolNd(TSize kernelSize, TSize? stride, TSize? padding) =>
        (KernelSize, Stride, Padding) = (kernelSize, stride ?? kernelSize, padding ?? default);

    /// <summary>Entries of a window along each dimension.</summary>
    public TSize KernelSize { get; }

    /// <summary>From window to window.</summary>
    public TSize Stride { get; }

    /// <summary>Entries added before and after: zeros in an average, and never the largest.</summary>
    public TSize Padding { get; }

    protected override string Settings => Print(Format.Tuple);

    /// <summary>The windows' settings, each as a way of printing sizes has it.</summary>
    private protected string Print(Func<int[], string> print) => $"kernel_size={print(KernelSize.Listed())}, "
        + $"stride={print(Stride.Listed())}, padding={print(Padding.Listed())}";
}
