using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Autodiff.Devices;

namespace Autodiff.Gpu.Kernels.Updates;

/// <summary>
/// The table of an optimizer's parameters in the device's memory. It stays there from step to step: only what has
/// changed is written again, which is nothing where gradients are where they were.
/// </summary>
/// <remarks>Used under its lock, from the first line until the kernel has been launched.</remarks>
internal sealed class UpdateTable(CudaBackend backend)
{
    /// <summary>Elements of one line; a longer parameter takes several.</summary>
    public const long MostElements = 1L << 30;

    private UpdateLine[] _lines = new UpdateLine[8], _written = [];
    private int _count, _writtenCount;
    private uint _blocks, _writtenBlocks;
    private KernelStorage? _memory;

    /// <summary>How many lines there are.</summary>
    public int Count => _count;

    /// <summary>The first line.</summary>
    public ref readonly UpdateLine First => ref _lines[0];

    /// <summary>Blocks of the launch, once all lines are there.</summary>
    public uint Blocks => _blocks;

    /// <summary>Begins anew.</summary>
    public void Clear() => (_count, _blocks) = (0, 0);

    /// <summary>Adds a parameter.</summary>
    /// <param name="line">Where it and its companions are, in bytes for now.</param>
    /// <param name="count">How many elements it has.</param>
    /// <param name="size">Bytes of an element.</param>
    public void Add(UpdateLine line, long count, int size)
    {
        for (; count > 0; count -= MostElements)
        {
            if (_count == _lines.Length)
            {
                Array.Resize(ref _lines, 2 * _count);
            }

            line.Count = (uint)Math.Min(count, MostElements);
            _lines[_count++] = line;
            long bytes = MostElements * size;
            line.Gradient += bytes;
            line.Parameter += bytes;
            line.State0 += bytes;
            line.State1 += bytes;
            line.State2 += bytes;
        }
    }

    /// <summary>Counts places in accesses and gives each line its blocks.</summary>
    /// <param name="width">Elements of an access.</param>
    /// <param name="size">Bytes of an element.</param>
    public void Complete(int width, int size)
    {
        int shift = BitOperations.Log2((uint)(width * size));
        foreach (ref UpdateLine line in _lines.AsSpan(0, _count))
        {
            line.Gradient >>= shift;
            line.Parameter >>= shift;
            line.State0 >>= shift;
            line.State1 >>= shift;
            line.State2 >>= shift;
            line.FirstBlock = _blocks;
            _blocks = checked(_blocks + UpdateKernel.Blocks(line.Count, width, backend.Sizes.Block));
        }
    }

    /// <summary>Has the device's table say what this one says.</summary>
    /// <returns>Where the lines are, and where the numbers of the blocks' lines are.</returns>
    public (ulong Lines, ulong OfBlock) Write(in MemoryUse use)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(_lines.AsSpan(0, _count));
        if (_blocks != _writtenBlocks
            || !bytes.SequenceEqual(MemoryMarshal.AsBytes(_written.AsSpan(0, _writtenCount))))
        {
            WriteAgain(use, bytes);
        }

        ulong lines = _memory!.Address(use);
        return (lines, lines + (ulong)bytes.Length);
    }

    private void WriteAgain(in MemoryUse use, ReadOnlySpan<byte> bytes)
    {
        bool same = IsOfTheSameBlocks();
        _writtenCount = 0; // until all is written
        long size = bytes.Length + sizeof(uint) * (long)_blocks;
        if (_memory?.ByteLength != size)
        {
            _memory?.Release();
            _memory = null;
            _memory = backend.AllocateOwn(size); // a scope is open by chance
        }

        ulong lines = _memory.Address(use);
        if (!same)
        {
            WriteBlocks(lines + (ulong)bytes.Length);
        }

        backend.Context.Write(bytes, lines);
        (_lines, _written) = (_written.Length < _lines.Length ? new UpdateLine[_lines.Length] : _written, _lines);
        (_writtenCount, _writtenBlocks) = (_count, _blocks);
    }

    private bool IsOfTheSameBlocks()
    {
        bool same = _count == _writtenCount && _blocks == _writtenBlocks;
        for (int i = 0; same && i < _count; i++)
        {
            same = _lines[i].Count == _written[i].Count && _lines[i].FirstBlock == _written[i].FirstBlock;
        }

        return same;
    }

    private void WriteBlocks(ulong address)
    {
        uint[] rented = ArrayPool<uint>.Shared.Rent((int)_blocks);
        Span<uint> ofBlock = rented.AsSpan(0, (int)_blocks);
        for (int i = 0; i < _count; i++)
        {
            uint end = i + 1 < _count ? _lines[i + 1].FirstBlock : _blocks;
            ofBlock[(int)_lines[i].FirstBlock..(int)end].Fill((uint)i);
        }

        backend.Context.Write(MemoryMarshal.AsBytes(ofBlock), address);
        ArrayPool<uint>.Shared.Return(rented);
    }
}
