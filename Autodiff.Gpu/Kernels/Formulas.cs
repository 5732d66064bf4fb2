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
internal readonly struct FilledWith(Constant value) : IKernelFormula
{
    private readonly Constant _value = value;

    public static int Arity => 0;

    public S F<S>(ReadOnlySpan<S> x) where S : IReal<S> => S.Const(_value);
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
    public static Value Write<TFormula>(TFormula formula, DType compute, ReadOnlySpan<Value> x, bool fast = false) where TFormula : IKernelFormula =>
        compute switch
        {
            DType.Float32 => fast ? Run<TFormula, PtxReal<FastSingle32>>(formula, x) : Run<TFormula, PtxReal<Single32>>(formula, x),
            DType.Float64 => Run<TFormula, PtxReal<Double64>>(formula, x),
            DType.Int64 => Run<TFormula, PtxInteger<Integer64>>(formula, x),
            _ => Run<TFormula, PtxInteger<Integer32>>(formula, x),
        };

    private static Value Run<TFormula, S>(TFormula formula, ReadOnlySpan<Value> x) where TFormula : IKernelFormula where S : IPtxCarrier<S>
    {
        S[] operands = new S[x.Length];
        for (int i = 0; i < operands.Length; i++)
        {
            operands[i] = S.Of(x[i]);
        }

        return formula.F<S>(operands).Value;
    }
}
