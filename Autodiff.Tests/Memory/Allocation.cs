namespace Autodiff.Tests.Memory;

/// <summary>What code allocates on its thread.</summary>
public static class Allocation
{
    /// <summary>
    /// The fewest bytes that one of a few rounds allocates. What the code allocates each time shows in all of them;
    /// what the runtime allocates once on the way (a tier of compilation, a pool trimmed by a collection) in one at
    /// most.
    /// </summary>
    /// <param name="run">The code of a round.</param>
    public static long OfEachRound(Action run)
    {
        ArgumentNullException.ThrowIfNull(run);
        long least = long.MaxValue;
        for (int round = 0; round < 4 && least > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    /// <summary>Requires that a step is replayed, and that replays allocate nothing once all is compiled.</summary>
    /// <param name="step">The step.</param>
    /// <param name="inputs">What it is run with.</param>
    public static void RequireNoneOfReplays(CompiledStep step, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(step);
        for (int i = 0; i < 50; i++)
        {
            step.Run(inputs);
        }

        Assert.That(step.EagerReason, Is.Null);
        Assert.That(OfEachRound(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                step.Run(inputs);
            }
        }), Is.Zero);
    }
}
