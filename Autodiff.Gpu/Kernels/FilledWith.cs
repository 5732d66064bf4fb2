using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels;

/// <summary>The answer whatever the operands: what a fill writes.</summary>
internal readonly struct FilledWith(Constant value) : IFormula
{
    private readonly Constant _value = value;

    public static int Arity => 0;

    public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> => S.Const(_value);
}
