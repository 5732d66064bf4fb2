using Autodiff.Algebra;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>The answer whatever the operands: what a fill writes.</summary>
internal readonly struct FilledWith(Constant value) : IFormula
{
    private readonly Constant _value = value;

    public static int Arity => 0;

    public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> => S.Const(_value);
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
    public static Value Write<TFormula>(TFormula formula, DType compute, ReadOnlySpan<Value> x, bool fast = false)
        where TFormula : IFormula =>
        compute switch
        {
            DType.Float32 =>
                fast ? Run<TFormula, PtxReal<FastSingle32>>(formula, x) : Run<TFormula, PtxReal<Single32>>(formula, x),
            DType.Float64 => Run<TFormula, PtxReal<Double64>>(formula, x),
            DType.Int64 => Run<TFormula, PtxInteger<Integer64>>(formula, x),
            _ => Run<TFormula, PtxInteger<Integer32>>(formula, x),
        };

    private static Value Run<TFormula, S>(TFormula formula, ReadOnlySpan<Value> x)
        where TFormula : IFormula where S : IPtxCarrier<S>
    {
        S[] operands = new S[x.Length];
        for (int i = 0; i < operands.Length; i++)
        {
            operands[i] = S.Of(x[i]);
        }

        return formula.F<S, Listed<S>>(new(operands)).Value;
    }
}
