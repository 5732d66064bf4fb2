using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>What a reduction does to an element before it is combined, as a function of packs.</summary>
internal readonly struct MapOf<TOp, S>(TOp op) : IFunction<S>
    where TOp : unmanaged, IReduction where S : IReal<S>
{
    private readonly TOp _op = op;

    public S F(S x) => _op.Map(x);
}

/// <summary>Elements are combined as they are.</summary>
internal interface IMapped;

/// <summary>A reduction of partial results: they have been mapped.</summary>
internal readonly struct Mapped<TOp>(TOp op) : IReduction, IMapped where TOp : unmanaged, IReduction
{
    private readonly TOp _op = op;

    public S Identity<S>() where S : IReal<S> => _op.Identity<S>();

    public S Map<S>(S x) where S : IReal<S> => x;

    public S Combine<S>(S a, S b) where S : IReal<S> => _op.Combine(a, b);
}

/// <summary>How many loads a thread has in flight.</summary>
internal interface ITurn
{
    static abstract bool IsOfFour { get; }
}

/// <summary>Four at a time.</summary>
internal readonly struct OfFour : ITurn
{
    public static bool IsOfFour => true;
}

/// <summary>One, where the formula is long, whose work hides them anyway.</summary>
internal readonly struct OfOne : ITurn
{
    public static bool IsOfFour => false;
}

/// <summary>From a reduction and what decides its kernel to the kernel's type parameters.</summary>
internal static class ReductionFormula
{
    /// <summary>
    /// More instructions than this are many: those of sums and extremes are at most 5, those of powers and logarithms
    /// at least 80.
    /// </summary>
    private const int LongFormula = 8;

    /// <summary>A kernel along rows or down columns, with all types closed.</summary>
    public static MethodInfo Kernel<TOp>(MethodInfo open, TOp op, ReduceVariant v) where TOp : unmanaged, IReduction
    {
        Type number = MapTypes.Number(v.Compute);
        return open.MakeGenericMethod(
            typeof(CudaThreads), ThreadCounts.Of(v.LogLanes), typeof(TOp), number,
            OperandTypes.Pack(number, v.Vector), LoadsInFlight(op, v.Compute),
            OperandTypes.Operand(number, v.From, v.Vector), OperandTypes.Operand(number, v.To, 1),
            StrideTypes.Of(v.KeptRank, v.Wide), StrideTypes.Of(v.ReducedRank, v.Wide));
    }

    /// <summary>How many loads a thread has in flight. It decides the tree of a sum, and so its bits.</summary>
    public static Type LoadsInFlight<TOp>(TOp op, DType compute) where TOp : unmanaged, IReduction
    {
        int instructions = compute == DType.Float32 ? Counted<float>.OfFold(op) : Counted<double>.OfFold(op);
        return instructions > LongFormula ? typeof(OfOne) : typeof(OfFour);
    }
}
