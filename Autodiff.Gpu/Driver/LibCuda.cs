using System.Runtime.InteropServices;
using static Autodiff.Gpu.Driver.CudaNative;

namespace Autodiff.Gpu.Driver;

/// <summary>The CUDA driver of this machine.</summary>
internal sealed unsafe class LibCuda : ICudaDriver
{
    private const int JitErrorLogBuffer = 5, JitErrorLogBufferSizeBytes = 6;
    private const int MemPoolReleaseThreshold = 4;
    private const int CaptureRelaxed = 2; // compiling a kernel or asking for memory midway is allowed

    public CudaResult Init() => cuInit(0);

    public CudaResult DriverGetVersion(out int version)
    {
        fixed (int* p = &version)
        {
            return cuDriverGetVersion(p);
        }
    }

    public CudaResult DeviceGetCount(out int count)
    {
        fixed (int* p = &count)
        {
            return cuDeviceGetCount(p);
        }
    }

    public CudaResult DeviceGetName(Span<byte> name, int device)
    {
        fixed (byte* p = name)
        {
            return cuDeviceGetName(p, name.Length, device);
        }
    }

    public CudaResult DeviceTotalMem(out nuint bytes, int device)
    {
        fixed (nuint* p = &bytes)
        {
            return cuDeviceTotalMem_v2(p, device);
        }
    }

    public CudaResult DeviceGetAttribute(out int value, DeviceAttribute attribute, int device)
    {
        fixed (int* p = &value)
        {
            return cuDeviceGetAttribute(p, attribute, device);
        }
    }

    public CudaResult DevicePrimaryCtxRetain(out nint context, int device)
    {
        fixed (nint* p = &context)
        {
            return cuDevicePrimaryCtxRetain(p, device);
        }
    }

    public CudaResult CtxSetCurrent(nint context) => cuCtxSetCurrent(context);

    public CudaResult ModuleLoadData(out nint module, ReadOnlySpan<byte> ptx, Span<byte> errorLog)
    {
        // An option's value is the pointer-sized word itself; the driver writes the log's length back into it.
        int* options = stackalloc[] { JitErrorLogBuffer, JitErrorLogBufferSizeBytes };
        fixed (nint* p = &module)
        fixed (byte* image = ptx, log = errorLog)
        {
            void** values = stackalloc void*[] { log, (void*)(nint)errorLog.Length };
            return cuModuleLoadDataEx(p, image, errorLog.IsEmpty ? 0u : 2u, options, values);
        }
    }

    public CudaResult ModuleUnload(nint module) => cuModuleUnload(module);

    public CudaResult ModuleGetFunction(out nint function, nint module, string name)
    {
        fixed (nint* p = &function)
        {
            return cuModuleGetFunction(p, module, name);
        }
    }

    public CudaResult FuncSetAttribute(nint function, FunctionAttribute attribute, int value) =>
        cuFuncSetAttribute(function, attribute, value);

    public CudaResult FuncGetAttribute(out int value, FunctionAttribute attribute, nint function)
    {
        fixed (int* p = &value)
        {
            return cuFuncGetAttribute(p, attribute, function);
        }
    }

    public CudaResult LaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        nint stream, void** parameters) =>
        cuLaunchKernel(function, gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes, stream, parameters, null);

    public CudaResult StreamCreate(out nint stream)
    {
        const uint NonBlocking = 1; // no hidden order with the legacy stream, whoever else uses it
        fixed (nint* p = &stream)
        {
            return cuStreamCreate(p, NonBlocking);
        }
    }

    public CudaResult StreamDestroy(nint stream) => cuStreamDestroy_v2(stream);

    public CudaResult StreamSynchronize(nint stream) => cuStreamSynchronize(stream);

    public CudaResult StreamWaitEvent(nint stream, nint @event) => cuStreamWaitEvent(stream, @event, 0);

    public CudaResult EventCreate(out nint @event)
    {
        fixed (nint* p = &@event)
        {
            return cuEventCreate(p, 0);
        }
    }

    public CudaResult EventDestroy(nint @event) => cuEventDestroy_v2(@event);

    public CudaResult EventRecord(nint @event, nint stream) => cuEventRecord(@event, stream);

    public CudaResult EventQuery(nint @event) => cuEventQuery(@event);

    public CudaResult EventSynchronize(nint @event) => cuEventSynchronize(@event);

    public CudaResult EventElapsedTime(out float milliseconds, nint start, nint end)
    {
        fixed (float* p = &milliseconds)
        {
            return cuEventElapsedTime(p, start, end);
        }
    }

    public CudaResult MemGetInfo(out nuint free, out nuint total)
    {
        fixed (nuint* f = &free, t = &total)
        {
            return cuMemGetInfo_v2(f, t);
        }
    }

    public CudaResult MemAllocAsync(out ulong pointer, nuint bytes, nint stream)
    {
        fixed (ulong* p = &pointer)
        {
            return cuMemAllocAsync(p, bytes, stream);
        }
    }

    public CudaResult MemFreeAsync(ulong pointer, nint stream) => cuMemFreeAsync(pointer, stream);

    public CudaResult DeviceGetDefaultMemPool(out nint pool, int device)
    {
        fixed (nint* p = &pool)
        {
            return cuDeviceGetDefaultMemPool(p, device);
        }
    }

    public CudaResult MemPoolSetReleaseThreshold(nint pool, ulong bytes) =>
        cuMemPoolSetAttribute(pool, MemPoolReleaseThreshold, &bytes);

    public CudaResult MemPoolTrimTo(nint pool, nuint bytesToKeep) => cuMemPoolTrimTo(pool, bytesToKeep);

    public CudaResult MemHostAlloc(out nint pointer, nuint bytes)
    {
        fixed (nint* p = &pointer)
        {
            return cuMemHostAlloc(p, bytes, 0);
        }
    }

    public CudaResult MemFreeHost(nint pointer) => cuMemFreeHost(pointer);

    public CudaResult MemcpyHtoDAsync(ulong target, void* source, nuint bytes, nint stream) =>
        cuMemcpyHtoDAsync_v2(target, source, bytes, stream);

    public CudaResult MemcpyDtoHAsync(void* target, ulong source, nuint bytes, nint stream) =>
        cuMemcpyDtoHAsync_v2(target, source, bytes, stream);

    public CudaResult MemcpyDtoDAsync(ulong target, ulong source, nuint bytes, nint stream) =>
        cuMemcpyDtoDAsync_v2(target, source, bytes, stream);

    public CudaResult MemsetD8Async(ulong target, byte value, nuint bytes, nint stream) =>
        cuMemsetD8Async(target, value, bytes, stream);

    public CudaResult StreamBeginCapture(nint stream) => cuStreamBeginCapture_v2(stream, CaptureRelaxed);

    public CudaResult StreamEndCapture(nint stream, out nint graph)
    {
        fixed (nint* p = &graph)
        {
            return cuStreamEndCapture(stream, p);
        }
    }

    public CudaResult GraphInstantiate(out nint executable, nint graph)
    {
        fixed (nint* p = &executable)
        {
            return cuGraphInstantiateWithFlags(p, graph, 0);
        }
    }

    public CudaResult GraphLaunch(nint executable, nint stream) => cuGraphLaunch(executable, stream);

    public CudaResult GraphExecDestroy(nint executable) => cuGraphExecDestroy(executable);

    public CudaResult GraphDestroy(nint graph) => cuGraphDestroy(graph);

    public string GetErrorName(CudaResult result)
    {
        byte* text = null;
        return cuGetErrorName(result, &text) == CudaResult.Success ? Text(text) : "CUDA_ERROR";
    }

    public string GetErrorString(CudaResult result)
    {
        byte* text = null;
        return cuGetErrorString(result, &text) == CudaResult.Success
            ? Text(text)
            : "an error that the driver has no text for";
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
