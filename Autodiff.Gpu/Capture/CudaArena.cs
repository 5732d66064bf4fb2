using Autodiff.Gpu.Driver;

namespace Autodiff.Gpu.Capture;

/// <summary>
/// Memory of one captured step. A graph has addresses written into it, so what the step made must stay there for as
/// long as the graph may run; what the step gave back on its way may serve it again, since a replay makes the same use
/// in the same order.
/// </summary>
/// <remarks>Every member is called under the context's lock.</remarks>
internal sealed class CudaArena(CudaContext context)
{
    private const ulong Alignment = 512;
    private const ulong SmallestBlock = 2 << 20, LargestStep = 256 << 20;

    private readonly List<Range> _blocks = [];
    private readonly List<Range> _free = [];
    private readonly Dictionary<ulong, ulong> _taken = [];
    private ulong _bytes; // taken from the device
    private bool _isClosed;

    /// <summary>Whether another thread's work ended the capture.</summary>
    public bool IsInterrupted { get; set; }

    private readonly record struct Range(ulong Start, ulong Length)
    {
        public ulong End => Start + Length;
    }

    /// <summary>The smallest gap that is large enough, else a new block.</summary>
    public bool TryAllocate(nuint bytes, out ulong address)
    {
        ulong length = (bytes + Alignment - 1) / Alignment * Alignment;
        int best = -1;
        for (int i = 0; i < _free.Count; i++)
        {
            if (_free[i].Length >= length && (best < 0 || _free[i].Length < _free[best].Length))
            {
                best = i;
            }
        }

        if (best < 0 && !TryGrow(length, out best))
        {
            address = 0;
            return false;
        }

        Range gap = _free[best];
        address = gap.Start;
        _taken.Add(address, length);
        if (gap.Length == length)
        {
            _free.RemoveAt(best);
        }
        else
        {
            _free[best] = new(gap.Start + length, gap.Length - length);
        }

        return true;
    }

    /// <summary>Takes memory back, if it came from here.</summary>
    public bool TryFree(ulong address)
    {
        if (!_taken.Remove(address, out ulong length))
        {
            return false;
        }

        // Gaps are kept in the order of their addresses, so that neighbours become one; never across blocks.
        int at = _free.FindIndex(range => range.Start > address);
        at = at < 0 ? _free.Count : at;
        Range gap = new(address, length);
        if (at < _free.Count && gap.End == _free[at].Start && !IsBlockStart(_free[at].Start))
        {
            gap = new(gap.Start, gap.Length + _free[at].Length);
            _free.RemoveAt(at);
        }

        if (at > 0 && _free[at - 1].End == gap.Start && !IsBlockStart(gap.Start))
        {
            _free[at - 1] = new(_free[at - 1].Start, _free[at - 1].Length + gap.Length);
        }
        else
        {
            _free.Insert(at, gap);
        }

        ReleaseIfUnused();
        return true;
    }

    /// <summary>No graph uses the memory any more: it goes when the last tensor in it does.</summary>
    public void Close()
    {
        _isClosed = true;
        ReleaseIfUnused();
    }

    private bool IsBlockStart(ulong address) => _blocks.Exists(block => block.Start == address);

    private bool TryGrow(ulong length, out int gap)
    {
        gap = -1;
        ulong size = Math.Max(length, Math.Clamp(_bytes / 2, SmallestBlock, LargestStep));
        if (!context.TryAllocateBlock(size, out ulong start))
        {
            return false;
        }

        _bytes += size;
        _blocks.Add(new(start, size));
        gap = _free.FindIndex(range => range.Start > start);
        gap = gap < 0 ? _free.Count : gap;
        _free.Insert(gap, new(start, size));
        return true;
    }

    private void ReleaseIfUnused()
    {
        if (_isClosed && _taken.Count == 0)
        {
            context.Forget(this);
            foreach (Range block in _blocks)
            {
                context.Free(block.Start, (long)block.Length);
            }

            _blocks.Clear();
            _free.Clear();
        }
    }
}
