using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>Elements of any type as the numbers that formulas compute with.</summary>
internal static class Elements
{
    /// <summary>How many elements one access of 16 bytes brings.</summary>
    public static int PerAccess(DType type) => 16 / type.SizeOf();

    /// <summary>
    /// The most neighbours (16 bytes at most) that accesses can bring if addresses and lengths allow no more than this
    /// says.
    /// </summary>
    public static int Widest(DType type, Func<int, bool> isAllowed)
    {
        int count = PerAccess(type);
        while (count > 1 && !isAllowed(count))
        {
            count /= 2;
        }

        return count;
    }

    /// <summary>The element type of a carrier.</summary>
    public static DType TypeOf<S>() where S : IPtxCarrier<S> => S.Type switch
    {
        PtxType.F32 => DType.Float32,
        PtxType.F64 => DType.Float64,
        PtxType.S64 => DType.Int64,
        _ => DType.Int32,
    };

    /// <summary>
    /// Neighbours, at a multiple of their size: 1, or those of one access. Where a condition is given and fails, zeros.
    /// </summary>
    public static S[] Read<S>(DType type, int count, Value address, int offset = 0, Value? condition = null)
        where S : IPtxCarrier<S>
    {
        KernelWriter k = KernelWriter.Current;
        Value[] raw = condition is { } predicate ? ReadIf(predicate, type, count, address, offset)
            : ElementAccess.Load(k, type, type, address, offset, count);
        return Array.ConvertAll(raw, value => S.Of(ElementAccess.Convert(k, value, type, TypeOf<S>())));
    }

    /// <summary>Writes a number as one element.</summary>
    public static void Write<S>(DType type, Value address, S number, int offset = 0) where S : IPtxCarrier<S> =>
        ElementAccess.Store(KernelWriter.Current, type, TypeOf<S>(), address, number.Value, offset);

    private static Value[] ReadIf(Value condition, DType type, int count, Value address, int offset)
    {
        KernelWriter k = KernelWriter.Current;
        if (type != DType.Bool || count < 4)
        {
            return k.LoadIf(condition, Space.Global, PtxTypes.Of(type), count, address, offset);
        }

        Value[] words = k.LoadIf(condition, Space.Global, PtxType.B32, count / 4, address, offset),
            bytes = new Value[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = (words[i / 4].As(PtxType.U32) >> (8 * (i % 4))) & 255;
        }

        return bytes;
    }
}
