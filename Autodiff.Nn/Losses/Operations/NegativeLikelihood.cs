using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>
/// y = -a for the logarithm a of a likelihood, with a gradient of 1 by the sum b of all probabilities that it was made
/// of: those are normalized, so b never changes, and the gradient of each is what a log softmax would make of it.
/// </summary>
/// <remarks>Where a is -infinity the gradients are NaN: nothing says in which direction it would be less.</remarks>
internal readonly struct NegativeLikelihood : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => -a;
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => -VjpB(g, a, b, y);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        S.IsText ? g : S.SelectEqual(y, S.Const(double.PositiveInfinity), S.Const(double.NaN), g);
}
