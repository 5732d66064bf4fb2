using System.Runtime.InteropServices;
using Autodiff;

namespace OutsideBackend;

/// <summary>Memory of the backend: an array.</summary>
public sealed class ArrayStorage(Device device, long byteLength) : Storage(device, byteLength)
{
    private byte[]? _bytes = new byte[byteLength];

    public Span<byte> Bytes =>
        _bytes ?? throw new ObjectDisposedException("tensor", "The tensor's memory was given back.");

    public override bool IsReleased => _bytes is null;

    public override void Release() => _bytes = null;

    /// <summary>The element of a view at the given indices.</summary>
    public static double Get(in TensorView view, ReadOnlySpan<int> at)
    {
        Span<byte> bytes = ((ArrayStorage)view.Storage).Bytes;
        int place = Place(view, at);
        return view.DType switch
        {
            DType.Float32 => MemoryMarshal.Cast<byte, float>(bytes)[place],
            DType.Float64 => MemoryMarshal.Cast<byte, double>(bytes)[place],
            _ => throw Unsupported(view.DType),
        };
    }

    /// <summary>Sets the element of a view at the given indices.</summary>
    public static void Set(in TensorView view, ReadOnlySpan<int> at, double value)
    {
        Span<byte> bytes = ((ArrayStorage)view.Storage).Bytes;
        int place = Place(view, at);
        switch (view.DType)
        {
            case DType.Float32: MemoryMarshal.Cast<byte, float>(bytes)[place] = (float)value; break;
            case DType.Float64: MemoryMarshal.Cast<byte, double>(bytes)[place] = value; break;
            default: throw Unsupported(view.DType);
        }
    }

    private static NotSupportedException Unsupported(DType type) =>
        new($"The array backend computes with float32 and float64, not with {type}.");

    private static int Place(in TensorView view, ReadOnlySpan<int> at)
    {
        long place = view.Offset;
        for (int d = 0; d < at.Length; d++)
        {
            place += at[d] * view.Layout.StrideSpan[d];
        }

        return (int)place;
    }
}
