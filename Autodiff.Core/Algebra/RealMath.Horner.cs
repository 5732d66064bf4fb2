using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// Horner's scheme, some steps at a time: p z + a, (p z + a) z + b, ... Written out rather than looped, so that a
// kernel's coefficients are constants in registers or memory operands and the polynomial costs one multiply-add a
// coefficient.
public static partial class RealMath
{
    [MethodImpl(AggressiveInlining)]
    private static S Horner<S>(S z, S p, double a) where S : IReal<S> => S.FusedMultiplyAdd(p, z, S.Const(a));

    [MethodImpl(AggressiveInlining)] private static S Horner<S>(S z, S p, double a, double b) where S : IReal<S> =>
        S.FusedMultiplyAdd(S.FusedMultiplyAdd(p, z, S.Const(a)), z, S.Const(b));

    [MethodImpl(AggressiveInlining)]
    private static S Horner<S>(S z, S p, double a, double b, double c) where S : IReal<S> =>
        S.FusedMultiplyAdd(S.FusedMultiplyAdd(S.FusedMultiplyAdd(p, z, S.Const(a)), z, S.Const(b)), z, S.Const(c));

    [MethodImpl(AggressiveInlining)]
    private static S Horner<S>(S z, S p, double a, double b, double c, double d) where S : IReal<S>
    {
        p = S.FusedMultiplyAdd(S.FusedMultiplyAdd(p, z, S.Const(a)), z, S.Const(b));
        return S.FusedMultiplyAdd(S.FusedMultiplyAdd(p, z, S.Const(c)), z, S.Const(d));
    }

    [MethodImpl(AggressiveInlining)]
    private static S Horner<S>(S z, S p, double a, double b, double c, double d, double e) where S : IReal<S>
    {
        p = S.FusedMultiplyAdd(S.FusedMultiplyAdd(p, z, S.Const(a)), z, S.Const(b));
        p = S.FusedMultiplyAdd(S.FusedMultiplyAdd(p, z, S.Const(c)), z, S.Const(d));
        return S.FusedMultiplyAdd(p, z, S.Const(e));
    }
}
