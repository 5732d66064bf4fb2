using Autodiff.Gpu.Driver;

namespace Autodiff.Bench.Compare;

/// <summary>
/// Times work on a CUDA device by events on its stream: the host's time does not count as long as it keeps ahead.
/// </summary>
internal static class DeviceClock
{
    /// <summary>Somebody whose work is put on the context's stream.</summary>
    public static Contender Contender(CudaContext context, Action work) => new(iterations =>
    {
        ICudaDriver driver = context.Driver;
        nint start, end;
        using (context.Enter())
        {
            context.Check(driver.EventCreate(out start), "cuEventCreate");
            context.Check(driver.EventCreate(out end), "cuEventCreate");
            context.Check(driver.EventRecord(start, context.Stream), "cuEventRecord");
        }

        for (int i = 0; i < iterations; i++)
        {
            work();
        }

        using (context.Enter())
        {
            context.Check(driver.EventRecord(end, context.Stream), "cuEventRecord");
            context.Check(driver.EventSynchronize(end), "cuEventSynchronize");
            context.Check(driver.EventElapsedTime(out float milliseconds, start, end), "cuEventElapsedTime");
            context.Check(driver.EventDestroy(start), "cuEventDestroy");
            context.Check(driver.EventDestroy(end), "cuEventDestroy");
            return milliseconds / 1e3;
        }
    });
}
