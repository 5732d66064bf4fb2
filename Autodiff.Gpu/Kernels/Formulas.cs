using Autodiff.Algebra;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>A formula of any number of operands, as kernels take it.</summary>
internal interface IKernelFormula
{
    /// <summary>How many operands it reads.</summary>
    static abstract int Arity { get; }

    S F<S>(ReadOnlySpan<S> x) where S : IReal<S>;
}

/// <summary>The answer whatever the operands: what a fill writes.</summary>
internal readonly struct FilledWith(double value) : IKernelFormula
{
    private readonly Constant _value = value;

    public static int Arity => 0;

    public S F<S>(ReadOnlySpan<S> x) where S : IReal<S> => S.Const(_value);
}

/// <summary>The operand as it is.</summary>
internal readonly struct Same : IUnaryFormula
{
    public S F<S>(S x) where S : IReal<S> => x;
}

internal readonly struct Of1<TOp>(TOp op) : IKernelFormula where TOp : unmanaged, IUnaryFormula
{
    private readonly TOp _op = op;

    public static int Arity => 1;

    public S F<S>(ReadOnlySpan<S> x) where S : IReal<S> => _op.F(x[0]);
}

internal readonly struct Of2<TOp>(TOp op) : IKernelFormula where TOp : unmanaged, IBinaryFormula
{
    private readonly TOp _op = op;

    public static int Arity => 2;

    public S F<S>(ReadOnlySpan<S> x) where S : IReal<S> => _op.F(x[0], x[1]);
}

internal readonly struct Of3<TOp>(TOp op) : IKernelFormula where TOp : unmanaged, ITernaryFormula
{
    private readonly TOp _op = op;

    public static int Arity => 3;

    public S F<S>(ReadOnlySpan<S> x) where S : IReal<S> => _op.F(x[0], x[1], x[2]);
}

internal readonly struct Of4<TOp>(TOp op) : IKernelFormula where TOp : unmanaged, IQuaternaryFormula
{
    private readonly TOp _op = op;

    public static int Arity => 4;

    public S F<S>(ReadOnlySpan<S> x) where S : IReal<S> => _op.F(x[0], x[1], x[2], x[3]);
}

/// <summary>Runs formulas over the carrier of the computing type.</summary>
internal static class KernelFormula
{
    /// <summary>The type in which <paramref name="compute"/> is computed: bool as int32.</summary>
    public static DType Computing(DType compute) => compute == DType.Bool ? DType.Int32 : compute;

    /// <summary>Writes the formula's instructions.</summary>
    /// <param name="formula">The formula.</param>
    /// <param name="compute">The type in which it is computed, which its operands have.</param>
    /// <param name="x">The operands.</param>
    /// <param name="fast">Whether approximate instructions may stand for the functions that have them.</param>
    public static Value Write<TFormula>(TFormula formula, DType compute, ReadOnlySpan<Value> x, bool fast = false) where TFormula : IKernelFormula
    {
        switch (compute)
        {
            case DType.Float32 when fast: return formula.F(Lift(x, static value => new PtxReal<FastSingle32>(value))).Value;
            case DType.Float32: return formula.F(Lift(x, static value => new PtxReal<Single32>(value))).Value;
            case DType.Float64: return formula.F(Lift(x, static value => new PtxReal<Double64>(value))).Value;
            case DType.Int64: return formula.F(Lift(x, static value => new PtxInteger<Integer64>(value))).Value;
            default: return formula.F(Lift(x, static value => new PtxInteger<Integer32>(value))).Value;
        }
    }

    private static ReadOnlySpan<S> Lift<S>(ReadOnlySpan<Value> x, Func<Value, S> lift)
    {
        S[] lifted = new S[x.Length];
        for (int i = 0; i < lifted.Length; i++)
        {
            lifted[i] = lift(x[i]);
        }

        return lifted;
    }
}
