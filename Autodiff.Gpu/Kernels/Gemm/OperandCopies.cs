using System.Numerics;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// Copies tile after tile of A or B to shared memory, asynchronously (cp.async); vectors along lines that go into rows
/// of terms pass through registers, which transposes them. Lines beyond the last repeat the last one: what comes of
/// them is never stored, so that the loop has no bounds to check. Terms beyond the end of the depth, in the last tile,
/// become 0.
/// </summary>
internal sealed class OperandCopies
{
    private readonly KernelWriter _w;
    private readonly SharedTile _tile;
    private readonly int _bytes;
    private readonly bool _alongDepth, _transposes;
    private readonly PtxType _type;
    private readonly OperandPlaces _places;
    private readonly List<(Value To, int ToOffset, Value K, int KStep, Value[] Transposed)> _copies = [];

    /// <summary>Prepares the copies of one thread.</summary>
    /// <param name="w">The kernel.</param>
    /// <param name="access">How elements are read.</param>
    /// <param name="tile">Where they go.</param>
    /// <param name="threads">Threads of the block.</param>
    /// <param name="places">Where the elements of the tiles are.</param>
    /// <param name="lines">Lines from the tile's first on.</param>
    /// <param name="shared">The address of the first stage's tile.</param>
    public OperandCopies(
        KernelWriter w, OperandAccess access, SharedTile tile, int threads, OperandPlaces places, Value lines,
        Value shared)
    {
        (_w, _tile, _places) = (w, tile, places);
        _alongDepth = access is OperandAccess.DepthVectors or OperandAccess.DepthElements;
        int vector = access is OperandAccess.LineVectors or OperandAccess.DepthVectors ? 16 / tile.ElementSize : 1;
        _bytes = vector * tile.ElementSize;
        _transposes = access == OperandAccess.DepthVectors && tile.LinesTogether;
        _type = tile.ElementSize == 8 ? PtxType.F64 : PtxType.F32;

        // The block is a grid of threads: "fast" ones along the direction of the access, the rest across it. Eight
        // terms are as many of a line as a warp can write into rows of terms without meeting in a bank.
        int fastExtent = _alongDepth ? tile.Depth : tile.Lines, slowExtent = _alongDepth ? tile.Lines : tile.Depth;
        int fast = Math.Min(Math.Min(threads, fastExtent / vector),
            _alongDepth && tile.LinesTogether ? 8 / vector : int.MaxValue);
        int slow = Math.Min(threads / fast, slowExtent);
        if (fast * slow != threads || fastExtent % (fast * vector) != 0 || slowExtent % slow != 0)
        {
            throw new InvalidOperationException($"{threads} threads cannot share the copies of {tile} evenly.");
        }

        Value fastIndex = (w.ThreadX & (fast - 1)) * vector, slowIndex = w.ThreadX >> BitOperations.Log2((uint)fast);
        Value lastLine = lines - (_alongDepth ? 1 : vector);
        for (int s = 0; s < slowExtent; s += slow)
        {
            for (int f = 0; f < fastExtent; f += fast * vector)
            {
                (Value line, int lineStep, Value k, int kStep) = _alongDepth
                    ? (slowIndex, s, fastIndex, f)
                    : (fastIndex, f, slowIndex, s);
                places.Add((line + lineStep).Min(lastLine), k, kStep);
                (Value to, int toOffset) = tile.Place(line, lineStep, k, kStep);
                Value[] transposed = _transposes
                    ? [.. Enumerable.Range(0, vector).Select(_ => w.Variable(Value.Constant(_type, 0L)).Register)]
                    : [];
                _copies.Add((shared + to, toOffset, k, kStep, transposed));
            }
        }
    }

    /// <summary>
    /// Begins the copies of the next tile into a stage (bytes from the first one on). <paramref name="remaining"/>
    /// terms are left, where that may be less than a tile has.
    /// </summary>
    public void CopyNext(Value stage, Value? remaining)
    {
        _places.Begin();
        for (int i = 0; i < _copies.Count; i++)
        {
            (Value to, int toOffset, Value k, int kStep, Value[] transposed) = _copies[i];
            (Value address, Value? inside) = _places.Place(i);
            if (!_transposes)
            {
                Value? bytes = remaining is { } left ? Valid(left, k + kStep) : null;
                if (inside is { } holds)
                {
                    bytes = holds.Select(
                        bytes ?? Value.Constant(PtxType.U32, (long)_bytes), Value.Constant(PtxType.U32, 0L));
                }

                _w.CopyAsync(to + stage, address, _bytes, bytes, toOffset);
            }
            else if (remaining is { } some)
            {
                _w.LoadVectorIntoIf(k + kStep < some, Space.Global, _type, transposed, address);
            }
            else
            {
                _w.LoadVectorInto(Space.Global, _type, transposed, address);
            }
        }
    }

    /// <summary>
    /// Ends what <see cref="CopyNext"/> began, where that is the threads' work: some time later, so that loads have
    /// arrived.
    /// </summary>
    public void Complete(Value stage)
    {
        foreach ((Value to, int toOffset, _, _, Value[] transposed) in _copies)
        {
            for (int i = 0; i < transposed.Length; i++)
            {
                _w.Store(Space.Shared, _type, to + stage, transposed[i], toOffset + (i * _tile.DepthPitch));
            }
        }
    }

    /// <summary>Goes on to the next tile.</summary>
    public void Advance() => _places.Advance();

    // Bytes of a copy that begins at term k.
    private Value Valid(Value remaining, Value k)
    {
        Value zero = Value.Constant(PtxType.U32, 0L);
        return _alongDepth
            ? (k < remaining).Select((remaining - k) * _tile.ElementSize, zero).Min(_bytes)
            : (k < remaining).Select(Value.Constant(PtxType.U32, (long)_bytes), zero);
    }
}
