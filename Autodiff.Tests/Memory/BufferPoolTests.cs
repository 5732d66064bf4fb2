using Autodiff.Cpu;

namespace Autodiff.Tests.Memory;

/// <summary>What the pool keeps where it is full.</summary>
[NonParallelizable]
public class BufferPoolTests
{
    private const int Old = 100 << 10, New = 300 << 10;

    private long _most, _idle;

    [SetUp]
    public void SmallPool()
    {
        (_most, _idle) = (BufferPool.KeepAtMost, BufferPool.IdleMilliseconds);
        BufferPool.Trim();
        BufferPool.KeepAtMost = 512 << 10;
    }

    [TearDown]
    public void UsualPool()
    {
        (BufferPool.KeepAtMost, BufferPool.IdleMilliseconds) = (_most, _idle);
        BufferPool.Trim();
    }

    [TestCase(-1, true)]
    [TestCase(1_000_000, false)]
    public void Blocks_of_sizes_that_nobody_uses_give_way(int idleMilliseconds, bool isKept)
    {
        BufferPool.IdleMilliseconds = idleMilliseconds;
        CpuBlock[] old = [.. Enumerable.Range(0, 4).Select(static _ => BufferPool.Rent(Old))];
        CpuBlock block = BufferPool.Rent(New);
        foreach (CpuBlock waiting in old)
        {
            BufferPool.Return(waiting);
        }

        BufferPool.Return(block);
        Assert.That(BufferPool.PooledBytes, Is.AtMost(512 << 10));
        Assert.That(ReferenceEquals(BufferPool.Rent(New), block), Is.EqualTo(isKept));
        Assert.That(old, isKept ? Is.All.Not.Null : Does.Contain(BufferPool.Rent(Old)));
    }
}
