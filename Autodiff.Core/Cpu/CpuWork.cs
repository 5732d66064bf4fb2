namespace Autodiff.Cpu;

/// <summary>Parts of a loop over elements, shared by threads where there is enough to do.</summary>
internal static class CpuWork
{
    /// <summary>Elements below which waking a thread costs more than it brings.</summary>
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
