namespace Autodiff.Gpu;

/// <summary>Memory for the kernels launched while this lives; it returns to the pool behind them. None for no bytes.</summary>
internal readonly ref struct Scratch(CudaBackend backend, long bytes)
{
    private readonly CudaStorage? _storage = bytes == 0 ? null : (CudaStorage)backend.Allocate(bytes);

    public ulong Address => _storage?.Address ?? 0;

    public void Dispose() => _storage?.Release();
}
