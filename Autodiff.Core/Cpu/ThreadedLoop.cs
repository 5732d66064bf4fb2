namespace Autodiff.Cpu;

/// <summary>A loop over parts of the elements, on several threads where there is enough work.</summary>
internal static class ThreadedLoop
{
    /// <summary>Elements below which waking a thread costs more than it saves.</summary>
    public const long Threshold = 128 * 1024;

    /// <summary>Runs all parts, in order on this thread where <paramref name="elements"/> is small.</summary>
    public static void For<TBody>(int parts, long elements, TBody body)
        where TBody : struct, IParallelBody, allows ref struct
    {
        if (elements >= Threshold)
        {
            CpuThreads.For(parts, body);
            return;
        }

        for (int part = 0; part < parts; part++)
        {
            body.Run(part);
        }
    }
}
