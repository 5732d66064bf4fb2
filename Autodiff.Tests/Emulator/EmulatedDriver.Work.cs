using System.Runtime.InteropServices;
using Autodiff.Gpu.Driver;
using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator;

/// <content>Work on streams: memory, copies, kernels. While a stream is captured it is noted instead.</content>
internal sealed unsafe partial class EmulatedDriver
{
    private readonly HashSet<nint> _hostMemory = [];

    /// <summary>Called before each launch, by the thread that asks for it and outside the driver's lock.</summary>
    public Action? Launching { get; set; }

    public CudaResult LaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        nint stream, void** parameters)
    {
        Launching?.Invoke();
        using Lock.Scope scope = _lock.EnterScope();
        if (Find<Function>(function) is not { } found)
        {
            return NoSuch("function");
        }

        Kernel kernel = found.Kernel;
        Extent grid = new((int)gridX, (int)gridY, (int)gridZ), block = new((int)blockX, (int)blockY, (int)blockZ);
        string? wrong = gridX is 0 or > int.MaxValue || gridY is 0 or > 65535 || gridZ is 0 or > 65535
            ? $"no grid can have {gridX} x {gridY} x {gridZ} blocks"
            : blockX is 0 or > ThreadsPerBlock || blockY is 0 or > ThreadsPerBlock || blockZ is 0 or > 64
            || block.Count > ThreadsPerBlock
                ? $"no block can have {blockX} x {blockY} x {blockZ} threads"
            : kernel.MaxThreads != 0 && block.Count > kernel.MaxThreads
            ? $"a block of {block.Count} threads is more than .maxntid, {kernel.MaxThreads}"
            : sharedBytes > (uint)found.MaxDynamicShared
            ? $"{sharedBytes} bytes of dynamic shared memory are more than {found.MaxDynamicShared}"
            : kernel.Parameters.Count > 0 && parameters == null ? "its parameters are missing"
            : null;
        if (wrong is not null)
        {
            return Fail(CudaResult.InvalidValue, $"Launch of '{kernel.Name}': {wrong}.");
        }

        byte[] values = new byte[kernel.ParameterBytes];
        for (int i = 0; i < kernel.Parameters.Count; i++)
        {
            new ReadOnlySpan<byte>(parameters[i], kernel.Parameters[i].Bytes)
                .CopyTo(values.AsSpan(kernel.Parameters[i].Offset));
        }

        return Work(stream, () =>
        {
            try
            {
                Launches++;
                Steps += Launch.Run(kernel, grid, block, values, sharedBytes, Memory, Settings);
                return CudaResult.Success;
            }
            catch (KernelFault fault)
            {
                return Fail(fault.IsAddress ? CudaResult.IllegalAddress : CudaResult.LaunchFailed, fault.Message);
            }
        });
    }

    public CudaResult MemAllocAsync(out ulong pointer, nuint bytes, nint stream)
    {
        pointer = 0;
        using Lock.Scope scope = _lock.EnterScope();
        if (bytes == 0)
        {
            return Fail(CudaResult.InvalidValue, "An allocation has one byte at least.");
        }

        Allocation allocation = Memory.Reserve(bytes);
        CudaResult result = Work(stream, () => Memory.Commit(allocation) ? CudaResult.Success : Fail(
            CudaResult.OutOfMemory,
            $"{allocation.Size} bytes were asked for; {Memory.Capacity - Memory.Used} of {Memory.Capacity} are free."));
        pointer = result == CudaResult.Success ? allocation.Start : 0;
        return result;
    }

    public CudaResult MemFreeAsync(ulong pointer, nint stream)
    {
        using Lock.Scope scope = _lock.EnterScope();
        return Work(stream, () => Memory.Free(pointer) ? CudaResult.Success
            : Fail(CudaResult.InvalidValue, $"Free of 0x{pointer:x}: no allocation that is alive begins there."));
    }

    public CudaResult MemHostAlloc(out nint pointer, nuint bytes)
    {
        using Lock.Scope scope = _lock.EnterScope();
        pointer = (nint)NativeMemory.AlignedAlloc(bytes, 4096);
        _hostMemory.Add(pointer);
        return Current();
    }

    public CudaResult MemFreeHost(nint pointer)
    {
        using Lock.Scope scope = _lock.EnterScope();
        if (!_hostMemory.Remove(pointer))
        {
            return Fail(CudaResult.InvalidValue, "This host memory is not the driver's, or freed before.");
        }

        NativeMemory.AlignedFree((void*)pointer);
        return CudaResult.Success;
    }

    public CudaResult MemcpyHtoDAsync(ulong target, void* source, nuint bytes, nint stream)
    {
        nint from = (nint)source;
        return Transfer("Copy to the device", stream, bytes, target, 0,
            (to, _) =>
            {
                CopiesToDevice++;
                Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
            });
    }

    public CudaResult MemcpyDtoHAsync(void* target, ulong source, nuint bytes, nint stream)
    {
        nint to = (nint)target;
        return Transfer("Copy from the device", stream, bytes, 0, source,
            (_, from) => Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes));
    }

    public CudaResult MemcpyDtoDAsync(ulong target, ulong source, nuint bytes, nint stream) => Transfer(
        "Copy on the device", stream, bytes, target, source,
        (to, from) => Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes));

    public CudaResult MemsetD8Async(ulong target, byte value, nuint bytes, nint stream) => Transfer(
        "Fill", stream, bytes, target, 0, (to, _) => NativeMemory.Fill((void*)to, bytes, value));

    // Checks the device addresses that are not 0, then moves.
    private CudaResult Transfer(string what, nint stream, nuint bytes, ulong target, ulong source,
        Action<nint, nint> move)
    {
        using Lock.Scope scope = _lock.EnterScope();
        return Work(stream, () =>
        {
            if (bytes == 0)
            {
                return CudaResult.Success;
            }

            foreach (ulong address in (ReadOnlySpan<ulong>)[target, source])
            {
                if (address != 0 && Memory.Find(address, bytes) is null)
                {
                    return Fail(CudaResult.InvalidValue,
                        $"{what}: {bytes} bytes at 0x{address:x}, {Memory.Describe(address, bytes)}.");
                }
            }

            move((nint)Memory.Resolve(target, bytes), (nint)Memory.Resolve(source, bytes));
            return CudaResult.Success;
        });
    }
}
