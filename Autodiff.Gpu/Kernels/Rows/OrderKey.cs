using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>Elements as unsigned integers that compare alike: both zeros are one, NaN is above all.</summary>
internal static class OrderKey
{
    /// <summary>The integer's type.</summary>
    public static PtxType TypeOf(DType type) => type.SizeOf() == 8 ? PtxType.U64 : PtxType.U32;

    /// <summary>The largest key.</summary>
    public static Value Last(DType type) => Value.Constant(TypeOf(type), -1L);

    /// <summary>The key of an element as it was loaded; in reverse, keys of numbers are turned around.</summary>
    /// <param name="type">The element's type.</param>
    /// <param name="element">The element.</param>
    /// <param name="reverse">Whether larger numbers get smaller keys.</param>
    /// <param name="nanLast">Whether NaN has the largest key in reverse, too.</param>
    public static Value Of(DType type, Value element, bool reverse, bool nanLast = false)
    {
        PtxType unsigned = TypeOf(type), signed = unsigned == PtxType.U64 ? PtxType.S64 : PtxType.S32;
        int top = 8 * unsigned.SizeOf() - 1;
        Value sign = Value.Constant(unsigned, 1L << top);
        if (!type.IsFloatingPoint())
        {
            Value key = type == DType.Bool ? element : element.To(unsigned) ^ sign;
            return reverse ? ~key : key;
        }

        // A negative number's bits grow downwards: all are turned around; a positive one goes above by its sign.
        Value bits = (element + Value.Constant(element.Type, 0.0)).As(signed);
        Value number = (bits ^ ((bits >> top) | sign.To(signed))).To(unsigned);
        Value nan = Value.Constant(unsigned, reverse && !nanLast ? 0L : -1L);
        return element.EqualTo(element).Select(reverse ? ~number : number, nan);
    }
}
