using System.Numerics;
using System.Runtime.InteropServices;
using Autodiff.Algebra;

namespace Autodiff.Devices.Reference;

/// <summary>A view read and written one element at a time, each as a double or, for exact integers, a long.</summary>
internal readonly ref struct ReferenceView(TensorView view)
{
    private readonly Span<byte> _bytes = ((ReferenceStorage)view.Storage).Bytes;
    private readonly TensorView _view = view;

    public Layout Layout => _view.Layout;

    public double this[ReadOnlySpan<int> at]
    {
        get
        {
            int i = checked((int)Position(at));
            return _view.DType switch
            {
                DType.Float32 => MemoryMarshal.Cast<byte, float>(_bytes)[i],
                DType.Float64 => MemoryMarshal.Cast<byte, double>(_bytes)[i],
                DType.Int64 => MemoryMarshal.Cast<byte, long>(_bytes)[i],
                DType.Int32 => MemoryMarshal.Cast<byte, int>(_bytes)[i],
                _ => _bytes[i],
            };
        }

        set => Set(at, value);
    }

    public long Integer(ReadOnlySpan<int> at) =>
        _view.DType == DType.Int64
            ? MemoryMarshal.Cast<byte, long>(_bytes)[checked((int)Position(at))]
            : (long)this[at];

    /// <summary>Integers wrap; floating-point numbers stop at the ends of an integer type.</summary>
    public void Set<N>(ReadOnlySpan<int> at, N value) where N : INumber<N>
    {
        int i = checked((int)Position(at));
        switch (_view.DType)
        {
            case DType.Float32: MemoryMarshal.Cast<byte, float>(_bytes)[i] = float.CreateTruncating(value); break;
            case DType.Float64: MemoryMarshal.Cast<byte, double>(_bytes)[i] = double.CreateTruncating(value); break;
            case DType.Int64: MemoryMarshal.Cast<byte, long>(_bytes)[i] = long.CreateTruncating(value); break;
            case DType.Int32: MemoryMarshal.Cast<byte, int>(_bytes)[i] = int.CreateTruncating(value); break;
            default: _bytes[i] = N.IsZero(value) ? (byte)0 : (byte)1; break;
        }
    }

    /// <summary>Where an element lies in its storage.</summary>
    public long Position(ReadOnlySpan<int> at)
    {
        long position = _view.Offset;
        for (int d = 0; d < at.Length; d++)
        {
            position += at[d] * _view.Layout.Strides[d];
        }

        return position;
    }
}

/// <summary>A number with which the reference computes: <see cref="Scalar"/>, or integers, which wrap.</summary>
internal interface IReferenceNumber<S> : IReal<S> where S : IReferenceNumber<S>
{
    /// <summary>The element at <paramref name="at"/>.</summary>
    static abstract S Get(ReferenceView from, ReadOnlySpan<int> at);

    /// <summary>Makes this the element at <paramref name="at"/>.</summary>
    void Put(ReferenceView to, ReadOnlySpan<int> at);
}

/// <summary>Counts through the coordinates of a shape in row-major order.</summary>
internal ref struct Coordinates
{
    private readonly int[] _dims;
    private readonly int[] _at;
    private bool _started;

    public Coordinates(ReadOnlySpan<int> dims)
    {
        _dims = dims.ToArray();
        _at = new int[dims.Length];
        _started = false;
    }

    public readonly ReadOnlySpan<int> At => _at;

    public bool Next()
    {
        if (!_started)
        {
            _started = true;
            return Array.IndexOf(_dims, 0) < 0;
        }

        for (int d = _dims.Length - 1; d >= 0; d--)
        {
            if (++_at[d] < _dims[d])
            {
                return true;
            }

            _at[d] = 0;
        }

        return false;
    }
}
