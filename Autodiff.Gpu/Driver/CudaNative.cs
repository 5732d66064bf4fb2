using System.Runtime.InteropServices;

namespace Autodiff.Gpu.Driver;

/// <summary>
/// The driver's exported functions, by the names of <c>cuda.h</c> with the versions of their signatures.
/// </summary>
/// <remarks>All of them are in every driver for CUDA 11.4 or newer.</remarks>
internal static unsafe partial class CudaNative
{
    private const string Library = "cuda";

    static CudaNative() => NativeLibrary.SetDllImportResolver(
        typeof(CudaNative).Assembly, static (name, _, _) => name == Library ? Handle.Value : 0);

    /// <summary>The loaded library; 0 where there is none.</summary>
    private static readonly Lazy<nint> Handle = new(static () =>
        NativeLibrary.TryLoad(FileName, out nint handle) ? handle : 0);

    /// <summary>What the driver's library is called here.</summary>
    public static string FileName => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>Whether the machine has the library. No function may be called where it has not.</summary>
    public static bool IsPresent => Handle.Value != 0;

    [LibraryImport(Library)]
    public static partial CudaResult cuInit(uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuDriverGetVersion(int* version);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetCount(int* count);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceTotalMem_v2(nuint* bytes, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetAttribute(int* value, DeviceAttribute attribute, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuDevicePrimaryCtxRetain(nint* context, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuCtxSetCurrent(nint context);

    [LibraryImport(Library)]
    public static partial CudaResult cuModuleLoadDataEx(nint* module, byte* image, uint optionCount, int* options,
        void** values);

    [LibraryImport(Library)]
    public static partial CudaResult cuModuleUnload(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial CudaResult cuModuleGetFunction(nint* function, nint module, string name);

    [LibraryImport(Library)]
    public static partial CudaResult cuFuncSetAttribute(nint function, FunctionAttribute attribute, int value);

    [LibraryImport(Library)]
    public static partial CudaResult cuFuncGetAttribute(int* value, FunctionAttribute attribute, nint function);

    [LibraryImport(Library)]
    public static partial CudaResult cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        nint stream,
        void** parameters, void** extra);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamCreate(nint* stream, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamDestroy_v2(nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamSynchronize(nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamWaitEvent(nint stream, nint @event, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventCreate(nint* @event, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventDestroy_v2(nint @event);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventRecord(nint @event, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventQuery(nint @event);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventSynchronize(nint @event);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventElapsedTime(float* milliseconds, nint start, nint end);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemGetInfo_v2(nuint* free, nuint* total);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemAllocAsync(ulong* pointer, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemFreeAsync(ulong pointer, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuDeviceGetDefaultMemPool(nint* pool, int device);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemPoolSetAttribute(nint pool, int attribute, void* value);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemPoolTrimTo(nint pool, nuint bytesToKeep);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemHostAlloc(nint* pointer, nuint bytes, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemFreeHost(nint pointer);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyHtoDAsync_v2(ulong target, void* source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyDtoHAsync_v2(void* target, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemcpyDtoDAsync_v2(ulong target, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuMemsetD8Async(ulong target, byte value, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamBeginCapture_v2(nint stream, int mode);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamEndCapture(nint stream, nint* graph);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphInstantiateWithFlags(nint* executable, nint graph, ulong flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphExecDestroy(nint executable);

    [LibraryImport(Library)]
    public static partial CudaResult cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    public static partial CudaResult cuGetErrorName(CudaResult result, byte** text);

    [LibraryImport(Library)]
    public static partial CudaResult cuGetErrorString(CudaResult result, byte** text);
}
