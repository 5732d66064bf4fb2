namespace Autodiff.Tests.Emulator.Execution;

/// <summary>Executes a grid of blocks, on several processors if it is worth it.</summary>
internal static class Launch
{
    // A worker costs some microseconds to start; a step some tens of nanoseconds.
    private const long StepsWorthAWorker = 5_000;

    /// <summary>Runs all blocks; gives the number of instructions that all warps together executed.</summary>
    /// <exception cref="KernelFault">A thread did what it must not.</exception>
    public static long Run(
        Kernel kernel, Extent grid, Extent block, byte[] parameters, uint dynamicShared, DeviceMemory memory,
        LaunchSettings settings)
    {
        uint shared = (uint)kernel.SharedBytes + dynamicShared;
        using Block first = new(kernel, grid, block, parameters, shared, memory, settings);
        long count = grid.Count, next = 0;
        while (next < count)
        {
            first.Run(next++);
            if (count > next && first.Steps / next * (count - next) > StepsWorthAWorker && settings.Workers > 1)
            {
                break;
            }
        }

        if (next == count)
        {
            return first.Steps;
        }

        long steps = first.Steps;
        KernelFault? fault = null;
        Parallel.For(0, (int)Math.Min(settings.Workers, count - next), _ =>
        {
            using Block worker = new(kernel, grid, block, parameters, shared, memory, settings);
            try
            {
                for (long number; (number = Interlocked.Increment(ref next) - 1) < count;)
                {
                    worker.Run(number);
                }
            }
            catch (KernelFault caught)
            {
                Interlocked.CompareExchange(ref fault, caught, null);
                Interlocked.Exchange(ref next, count);
            }

            Interlocked.Add(ref steps, worker.Steps);
        });
        return fault is null ? steps : throw fault;
    }
}
