using Autodiff.Devices;

namespace Autodiff.Gpu;

/// <summary>
/// Memory for the kernels launched while this lives; it returns to the pool behind them. None for no bytes.
/// </summary>
/// <remarks>Nobody else knows the storage, no scope either, so nobody can give it back before.</remarks>
internal readonly ref struct Scratch
{
    private readonly KernelStorage? _storage;

    public Scratch(KernelBackend backend, long bytes)
    {
        if (bytes > 0)
        {
            using MemoryUse use = MemoryUse.Begin();
            _storage = (KernelStorage)backend.AllocateOwn(bytes);
            Address = _storage.Address(use);
        }
    }

    public ulong Address { get; }

    public void Dispose() => _storage?.Release();
}
