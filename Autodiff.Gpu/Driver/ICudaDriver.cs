namespace Autodiff.Gpu.Driver;

/// <summary>
/// The functions of the CUDA driver that the engine calls, each by its own name without the prefix <c>cu</c>, each
/// giving the driver's result. <c>LibCuda</c> calls the driver; the tests bring one that executes PTX on the processor.
/// </summary>
/// <remarks>
/// Addresses on the device are <see cref="ulong"/>; contexts, modules, functions, streams, events and graphs are opaque
/// handles.
/// </remarks>
internal unsafe interface ICudaDriver
{
    CudaResult Init();

    /// <summary>1000 major + 10 minor: the newest CUDA version that the driver supports.</summary>
    CudaResult DriverGetVersion(out int version);

    CudaResult DeviceGetCount(out int count);

    /// <summary>The name as text that ends with a zero byte.</summary>
    CudaResult DeviceGetName(Span<byte> name, int device);

    CudaResult DeviceTotalMem(out nuint bytes, int device);

    CudaResult DeviceGetAttribute(out int value, DeviceAttribute attribute, int device);

    CudaResult DevicePrimaryCtxRetain(out nint context, int device);

    CudaResult CtxSetCurrent(nint context);

    /// <summary>Compiles PTX (text that ends with a zero byte) for the current context's device.</summary>
    /// <param name="module">The module.</param>
    /// <param name="ptx">The text.</param>
    /// <param name="errorLog">Receives what the compiler complains about, ended by a zero byte.</param>
    CudaResult ModuleLoadData(out nint module, ReadOnlySpan<byte> ptx, Span<byte> errorLog);

    CudaResult ModuleUnload(nint module);

    CudaResult ModuleGetFunction(out nint function, nint module, string name);

    CudaResult FuncSetAttribute(nint function, FunctionAttribute attribute, int value);

    CudaResult FuncGetAttribute(out int value, FunctionAttribute attribute, nint function);

    /// <summary>
    /// Starts a kernel; <paramref name="parameters"/> points to one pointer for each parameter's value.
    /// </summary>
    CudaResult LaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        nint stream, void** parameters);

    CudaResult StreamCreate(out nint stream);

    CudaResult StreamDestroy(nint stream);

    CudaResult StreamSynchronize(nint stream);

    CudaResult StreamWaitEvent(nint stream, nint @event);

    CudaResult EventCreate(out nint @event);

    CudaResult EventDestroy(nint @event);

    CudaResult EventRecord(nint @event, nint stream);

    CudaResult EventQuery(nint @event);

    CudaResult EventSynchronize(nint @event);

    CudaResult EventElapsedTime(out float milliseconds, nint start, nint end);

    CudaResult MemGetInfo(out nuint free, out nuint total);

    CudaResult MemAllocAsync(out ulong pointer, nuint bytes, nint stream);

    CudaResult MemFreeAsync(ulong pointer, nint stream);

    CudaResult DeviceGetDefaultMemPool(out nint pool, int device);

    CudaResult MemPoolSetReleaseThreshold(nint pool, ulong bytes);

    CudaResult MemPoolTrimTo(nint pool, nuint bytesToKeep);

    CudaResult MemHostAlloc(out nint pointer, nuint bytes);

    CudaResult MemFreeHost(nint pointer);

    CudaResult MemcpyHtoDAsync(ulong target, void* source, nuint bytes, nint stream);

    CudaResult MemcpyDtoHAsync(void* target, ulong source, nuint bytes, nint stream);

    CudaResult MemcpyDtoDAsync(ulong target, ulong source, nuint bytes, nint stream);

    CudaResult MemsetD8Async(ulong target, byte value, nuint bytes, nint stream);

    /// <summary>From here on, work on the stream from this thread is noted, not done.</summary>
    CudaResult StreamBeginCapture(nint stream);

    CudaResult StreamEndCapture(nint stream, out nint graph);

    CudaResult GraphInstantiate(out nint executable, nint graph);

    CudaResult GraphLaunch(nint executable, nint stream);

    CudaResult GraphExecDestroy(nint executable);

    CudaResult GraphDestroy(nint graph);

    /// <summary>The result's name in the driver's header, CUDA_ERROR_OUT_OF_MEMORY for one.</summary>
    string GetErrorName(CudaResult result);

    /// <summary>What the driver says of the result.</summary>
    string GetErrorString(CudaResult result);
}
