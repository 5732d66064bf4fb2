using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// Elements between memory and the type in which they are computed: one, or several neighbours in accesses of up to 16
/// bytes.
/// </summary>
internal static class ElementAccess
{
    /// <summary>The element at an address, as <paramref name="compute"/>.</summary>
    public static Value Load(KernelWriter k, DType type, DType compute, Value address, int offset = 0) =>
        Convert(k, k.Load(Space.Global, PtxTypes.Of(type), address, offset), type, compute);

    /// <summary>
    /// Neighbouring elements, as <paramref name="compute"/>; the address is a multiple of their size, or of 16.
    /// </summary>
    public static Value[] Load(KernelWriter k, DType type, DType compute, Value address, int offset, int count)
    {
        Value[] raw = LoadRaw(k, type, address, offset, count);
        for (int i = 0; i < count; i++)
        {
            raw[i] = Convert(k, raw[i], type, compute);
        }

        return raw;
    }

    /// <summary>Stores one element.</summary>
    public static void Store(KernelWriter k, DType type, DType compute, Value address, Value value, int offset = 0) =>
        k.Store(Space.Global, PtxTypes.Of(type), address, Convert(k, value, compute, type), offset);

    /// <summary>Stores neighbouring elements; the address is a multiple of their size, or of 16.</summary>
    public static void Store(KernelWriter k, DType type, DType compute, Value address, ReadOnlySpan<Value> values,
        int offset = 0)
    {
        int count = values.Length;
        Value[] converted = new Value[count];
        for (int i = 0; i < count; i++)
        {
            converted[i] = Convert(k, values[i], compute, type);
        }

        if (type == DType.Bool && count >= 4)
        {
            // Four bytes to a word: b3 b2 b1 b0.
            Value[] words = new Value[count / 4];
            for (int w = 0; w < words.Length; w++)
            {
                Value low = converted[4 * w] | (converted[4 * w + 1] << 8);
                words[w] = low | (converted[4 * w + 2] << 16) | (converted[4 * w + 3] << 24);
            }

            StoreRaw(k, PtxType.B32, address, words, offset);
        }
        else
        {
            StoreRaw(k, PtxTypes.Of(type), address, converted, offset);
        }
    }

    /// <summary>
    /// A value of one element type as another: floats become integers toward zero, saturating, NaN as 0; wide integers
    /// wrap; anything but 0 is true. A bool is a U32 that is 0 or 1.
    /// </summary>
    public static Value Convert(KernelWriter k, Value value, DType from, DType to)
    {
        value = k.InRegister(value);
        if (from == to)
        {
            return value;
        }

        if (to == DType.Bool)
        {
            return value.To(PtxType.Predicate).To(PtxType.U32);
        }

        Value converted = value.To(PtxTypes.Of(to).InRegister());
        return from.IsFloatingPoint() && !to.IsFloatingPoint() && (from == DType.Float64 || to == DType.Int64)
            // where 64 bits are involved the instruction turns NaN into the smallest integer
            ? value.EqualTo(value).Select(converted, 0)
            : converted;
    }

    private static Value[] LoadRaw(KernelWriter k, DType type, Value address, int offset, int count)
    {
        PtxType element = PtxTypes.Of(type);
        if (type != DType.Bool || count < 4)
        {
            return Pieces(k, element, address, offset, count);
        }

        Value[] bytes = new Value[count];
        Value[] words = Pieces(k, PtxType.B32, address, offset, count / 4);
        for (int i = 0; i < count; i++)
        {
            Value word = words[i / 4].As(PtxType.U32);
            bytes[i] = i % 4 == 3 ? word >> 24 : (word >> (8 * (i % 4))) & 255;
        }

        return bytes;
    }

    private static Value[] Pieces(KernelWriter k, PtxType type, Value address, int offset, int count)
    {
        int size = type.SizeOf(), per = Math.Min(count, 16 / size);
        if (per == 1)
        {
            Value[] singles = new Value[count];
            for (int i = 0; i < count; i++)
            {
                singles[i] = k.Load(Space.Global, type, address, offset + i * size);
            }

            return singles;
        }

        Value[] all = new Value[count];
        for (int i = 0; i < count; i += per)
        {
            k.LoadVector(Space.Global, type, per, address, offset + i * size).CopyTo(all, i);
        }

        return all;
    }

    private static void StoreRaw(KernelWriter k, PtxType type, Value address, ReadOnlySpan<Value> values, int offset)
    {
        int size = type.SizeOf(), per = Math.Min(values.Length, 16 / size);
        for (int i = 0; i < values.Length; i += per)
        {
            if (per == 1)
            {
                k.Store(Space.Global, type, address, values[i], offset + i * size);
            }
            else
            {
                k.StoreVector(Space.Global, type, address, values.Slice(i, per), offset + i * size);
            }
        }
    }
}
