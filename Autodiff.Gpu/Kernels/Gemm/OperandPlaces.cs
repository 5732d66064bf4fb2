using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>Where in memory the elements of an operand's tiles are, one tile of the depth after another.</summary>
internal abstract class OperandPlaces
{
    /// <summary>Prepares one more copy of each tile.</summary>
    /// <param name="line">The line, from the tile's first one on.</param>
    /// <param name="k">The term, from the tile's first one on, less what the compiler knows of it.</param>
    /// <param name="kStep">What is to be added to the term.</param>
    public abstract void Add(Value line, Value k, int kStep);

    /// <summary>Begins with the copies of the next tile.</summary>
    public abstract void Begin();

    /// <summary>
    /// The address of a copy, in the order in which they were added, and the predicate without which zeros stand there.
    /// </summary>
    public abstract (Value Address, Value? Inside) Place(int copy);

    /// <summary>Goes on to the next tile.</summary>
    public abstract void Advance();
}

/// <summary>A matrix of any strides.</summary>
internal sealed class StridedPlaces : OperandPlaces
{
    private readonly KernelWriter _w;
    private readonly bool _near;
    private readonly int _size;
    private readonly Variable _from;
    private readonly Value _lineStride, _depthStride, _advance;
    private readonly List<Value> _offsets = [];
    private Value _now;

    /// <param name="w">The kernel.</param>
    /// <param name="tile">Where elements go.</param>
    /// <param name="near">Whether offsets within a tile fit 32 bits.</param>
    /// <param name="from">The address of the first term of the tile's first line.</param>
    /// <param name="lineStride">Elements from a line to the next, S64.</param>
    /// <param name="depthStride">Elements from a term to the next, S64.</param>
    public StridedPlaces(
        KernelWriter w, SharedTile tile, bool near, Value from, Value lineStride, Value depthStride)
    {
        (_w, _near, _size, _lineStride, _depthStride) = (w, near, tile.ElementSize, lineStride, depthStride);
        _from = w.Variable(from);
        _advance = depthStride * (tile.Depth * tile.ElementSize);
    }

    public override void Add(Value line, Value k, int kStep) => _offsets.Add(_near
        ? (line * (_lineStride * _size).To(PtxType.U32)) + ((k + kStep) * (_depthStride * _size).To(PtxType.U32))
        : ((line.To(PtxType.S64) * _lineStride) + ((k + kStep).To(PtxType.S64) * _depthStride)) * _size);

    public override void Begin() => _now = _from.Value;

    public override (Value Address, Value? Inside) Place(int copy) => (_w.At(_now, _offsets[copy], 1), null);

    public override void Advance() => _from.Set(_from.Value + _advance);
}
