using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>A formula alone as a differentiable operation: its rule comes from running it on dual numbers.</summary>
/// <typeparam name="TFormula">The formula.</typeparam>
/// <param name="formula">The formula.</param>
public readonly struct ByDual<TFormula>(TFormula formula) : IUnaryOp where TFormula : unmanaged, IUnaryFormula
{
    private readonly TFormula _formula = formula;

    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => _formula.F(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * _formula.F(Dual<S>.Variable(x)).Tangent;
}

/// <summary>A formula of two arguments as a differentiable operation, by dual numbers.</summary>
/// <typeparam name="TFormula">The formula.</typeparam>
/// <param name="formula">The formula.</param>
public readonly struct BinaryByDual<TFormula>(TFormula formula) : IBinaryOp where TFormula : unmanaged, IBinaryFormula
{
    private readonly TFormula _formula = formula;

    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => _formula.F(a, b);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
        g * _formula.F(Dual<S>.Variable(a), Dual<S>.Constant(b)).Tangent;

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        g * _formula.F(Dual<S>.Constant(a), Dual<S>.Variable(b)).Tangent;
}
