using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// The general product on several threads, which share the packed panels of B: blocks of k and of columns follow each
/// other; for each, some parts pack its panels and the others multiply some rows with them. Parts are taken in their
/// order, so a part waits only for earlier ones, which already run, and seldom, since a block's panels are packed one
/// block ahead. A thread that is preempted leaves its rows to the others.
/// </summary>
internal unsafe struct SharedGemm<T, V> : IParallelBody
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    // A block of B of this many columns, packed, and some rows of A stay in a second-level cache.
    private const int MaxColumns = 1024;

    // Rows of a part: as few as are worth reading the panels of B again for, so that all threads end together.
    private const int MinRows = 48, MaxRows = 72;

    private const int RowPartsPerThread = 3;

    private const int PackingPartsPerThread = 2;

    // The panels in use, the ones packed for the next block, and the ones that a late thread may still be reading.
    private const int Buffers = 3;

    private GemmProblem<T> _whole;
    private nint _depth, _columns, _rows, _steps, _blocks, _packParts, _rowParts, _bufferSize;
    private bool _packA;
    private T* _panels;

    // How many parts of each block's packing and of each block's rows are done, and how many blocks of each part's
    // rows.
    private int* _packed, _multiplied, _rowsDone;
    private int* _failed;

    /// <summary>Whether the parts would be long enough to be worth their coordination.</summary>
    public static bool Suits(in GemmProblem<T> g, nint threads) =>
        g.CColumns == 1 && g.M >= threads * 2 * MinRows && g.N >= 4 * MicroKernel<T, V>.TileColumns
        && g.M * g.N * g.K >= threads << 22;

    /// <summary>Does the product on <paramref name="threads"/> threads.</summary>
    public static void Run(in GemmProblem<T> g, nint threads)
    {
        nint width = MicroKernel<T, V>.TileColumns;
        SharedGemm<T, V> body = default;
        body._whole = g;
        body._depth = BlockedGemm<T, V>.Depth(g.K);
        body._steps = (g.K + body._depth - 1) / body._depth;
        body._columns = EqualBlocks.Of(g.N, MaxColumns, width);
        nint across = (g.N + body._columns - 1) / body._columns, panels = (body._columns + width - 1) / width;
        body._blocks = body._steps * across;
        body._rows = EqualBlocks.Of(g.M, Math.Clamp(g.M / (threads * RowPartsPerThread), MinRows, MaxRows),
            MicroKernel<T, V>.TileRows);
        body._rowParts = (g.M + body._rows - 1) / body._rows;
        body._packParts = Math.Min(panels, threads * PackingPartsPerThread);
        body._packA = BlockedGemm<T, V>.PacksA(g, body._depth);
        body._bufferSize = panels * width * body._depth;
        nint buffers = Math.Min(Buffers, body._blocks), counters = (2 * body._blocks) + body._rowParts + 1;
        nint panelBytes = buffers * body._bufferSize * sizeof(T);
        byte* memory = Scratch.TakeShared(panelBytes + (counters * sizeof(int)));
        body._panels = (T*)memory;
        body._packed = (int*)(memory + panelBytes);
        body._multiplied = body._packed + body._blocks;
        body._rowsDone = body._multiplied + body._blocks;
        body._failed = body._rowsDone + body._rowParts;
        new Span<int>(body._packed, (int)counters).Clear();
        CpuThreads.For((int)(body._blocks * (body._packParts + body._rowParts)), body);
    }

    /// <summary>Packs for the first block; then, for each block, packs for the next one and multiplies.</summary>
    public readonly void Run(int part)
    {
        try
        {
            nint round = _packParts + _rowParts, ahead = part - _packParts;
            if (ahead < 0)
            {
                Pack(0, part);
                return;
            }

            (nint block, nint rest) = Math.DivRem(ahead, round);
            nint packs = block + 1 < _blocks ? _packParts : 0;
            if (rest < packs)
            {
                Pack(block + 1, rest);
            }
            else
            {
                Multiply(block, rest - packs);
            }
        }
        catch
        {
            Volatile.Write(ref *_failed, 1);
            throw;
        }
    }

    private readonly void Pack(nint block, nint part)
    {
        if (block >= Buffers && !CpuThreads.WaitFor(_multiplied + block - Buffers, _rowParts, _failed))
        {
            return;
        }

        (nint across, nint step) = Math.DivRem(block, _steps);
        nint width = MicroKernel<T, V>.TileColumns, p = step * _depth;
        nint j = across * _columns, n = Math.Min(_columns, _whole.N - j);
        nint panels = (n + width - 1) / width, first = panels * part / _packParts * width;
        nint end = Math.Min(n, panels * (part + 1) / _packParts * width), k = Math.Min(_depth, _whole.K - p);
        if (first < end)
        {
            T* b = _whole.B + (p * _whole.BRows) + ((j + first) * _whole.BColumns);
            Packing<T, V>.Pack(b, _whole.BColumns, _whole.BRows, Panels.Of(end - first, width), k,
                Buffer(block) + (first * k));
        }

        Interlocked.Increment(ref _packed[block]);
    }

    private readonly void Multiply(nint block, nint part)
    {
        if (!CpuThreads.WaitFor(_packed + block, _packParts, _failed)
            || !CpuThreads.WaitFor(_rowsDone + part, block, _failed))
        {
            return;
        }

        (nint across, nint step) = Math.DivRem(block, _steps);
        nint i = part * _rows, m = Math.Min(_rows, _whole.M - i), j = across * _columns, p = step * _depth;
        var pass = new BlockedGemm<T, V>.Pass
        {
            PackedB = true,
            Panels = Buffer(block),
            PackedRows = _packA ? (T*)Scratch.Take(_rows * _depth * sizeof(T)) : null,
        };
        GemmProblem<T> g = _whole.Slice(i, m, j, Math.Min(_columns, _whole.N - j));
        BlockedGemm<T, V>.Rows(g, p, Math.Min(_depth, _whole.K - p), pass);
        Volatile.Write(ref _rowsDone[part], (int)block + 1);
        Interlocked.Increment(ref _multiplied[block]);
    }

    private readonly T* Buffer(nint block) => _panels + (block % Buffers * _bufferSize);
}
