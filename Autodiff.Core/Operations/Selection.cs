using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = condition ? a : b, where the condition is a tensor of zeros and ones.</summary>
internal readonly struct Where : ITernaryOp
{
    public S F<S>(S condition, S a, S b) where S : IReal<S> => S.SelectEqual(condition, S.Const(0), b, a);

    public S VjpA<S>(S g, S condition, S a, S b) where S : IReal<S> => g * S.Const(0);

    public S VjpB<S>(S g, S condition, S a, S b) where S : IReal<S> => S.SelectEqual(condition, S.Const(0), S.Const(0), g);

    public S VjpC<S>(S g, S condition, S a, S b) where S : IReal<S> => S.SelectEqual(condition, S.Const(0), g, S.Const(0));
}

internal readonly struct Less : IBinaryFormula
{
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectLess(a, b, S.Const(1), S.Const(0));
}

internal readonly struct LessEqual : IBinaryFormula
{
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectLessEqual(a, b, S.Const(1), S.Const(0));
}

internal readonly struct Equal : IBinaryFormula
{
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(a, b, S.Const(1), S.Const(0));
}

internal readonly struct NotEqual : IBinaryFormula
{
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(a, b, S.Const(0), S.Const(1));
}

internal readonly struct IsFinite : IUnaryFormula
{
    // x - x is 0 for a finite number and NaN for the others.
    public S F<S>(S x) where S : IReal<S> => S.SelectEqual(x - x, S.Const(0), S.Const(1), S.Const(0));
}
