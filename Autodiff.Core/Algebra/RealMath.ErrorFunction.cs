using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// Near zero erf x = x + x P(x^2). In the tail erfc a = e^(-a^2) w Q(t), w = 1/(a + K), t = (a - K) w, a change of
// variable that makes one polynomial do for all a >= 0 (Shepherd and Laframboise, Math. Comp. 36, 1981).
public static partial class RealMath
{
    /// <summary>Error below 1.5 units in the last place; -0 stays -0.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S ErfDefault<S>(S x) where S : IReal<S>
    {
        S a = S.Abs(x), far = S.Const(1) - ErfcOfMagnitude(a, refine: false);
        far = S.SelectLess(x, S.Const(0), -far, far);
        return S.SelectLess(a, S.Const(0.85), ErfNearZero(x), far);
    }

    /// <summary>Error below 3.5 units in the last place over the whole tail, down to subnormal results.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S ErfcDefault<S>(S x) where S : IReal<S>
    {
        S a = S.Abs(x), far = ErfcOfMagnitude(a, refine: true);
        far = S.SelectLess(x, S.Const(0), S.Const(2) - far, far);
        return S.SelectLess(a, S.Const(0.5), S.Const(1) - ErfNearZero(x), far);
    }

    /// <summary>erf x for |x| up to 0.85.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S ErfNearZero<S>(S x) where S : IReal<S> => S.FusedMultiplyAdd(x, ErfPolynomial(x * x), x);

    /// <summary>erf(x) / x - 1 for z = x^2 up to 0.7225.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S ErfPolynomial<S>(S z) where S : IReal<S>
    {
        if (!S.IsDouble)
        {
            // Degree 6, error 2^-30.1.
            S q = Horner(z, S.Const(7.67101665e-5), -0.000799266389, 0.00518892985, -0.0268548839);
            return Horner(z, q, 0.11283619, -0.376126289, 0.128379166);
        }

        // Degree 11, error 2^-56.3.
        S p = Horner(z, S.Const(-1.7023462493384483e-09), 1.7460655175016736e-08, -1.6865265629831615e-07,
            1.651282060317496e-06,
            -1.4928796209380416e-05, 0.00012055457492990698);
        p = Horner(z, p, -0.0008548330178449693, 0.00522397767522481, -0.026866170649714635, 0.11283791670976798);
        return Horner(z, p, -0.37612638903184153, 0.1283791670955126);
    }

    /// <summary>
    /// erfc a for a >= 0. Refined, to 3.5 units in the last place; else to 5.5, enough where it is subtracted from 1.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    private static S ErfcOfMagnitude<S>(S a, bool refine) where S : IReal<S>
    {
        // Beyond this the result rounds to 0.
        S last = S.Const(S.IsDouble ? 27.3 : 10.2);
        a = S.SelectLess(last, a, last, a);

        S k = S.Const(S.IsDouble ? 3.5 : 3), one = S.Const(1), w = one / (a + k), t = (a - k) * w, q;
        if (refine)
        {
            // Q is steep in t, so t is corrected by its residual, a - k - t (a + k).
            t = S.FusedMultiplyAdd(S.FusedMultiplyAdd(-t, a, S.FusedMultiplyAdd(t + one, -k, a)), w, t);
        }

        if (!S.IsDouble)
        {
            // Degree 9, error 2^-27.0.
            q = Horner(t, S.Const(-0.000314917299), -0.000470534607, 0.0030704448, -0.00124012481, -0.0268371664,
                0.119533502);
            q = Horner(t, q, -0.31046626, 0.590227842, -0.88339448, 1.07400692);
        }
        else
        {
            // Degree 21, error 2^-53.1.
            q = Horner(t, S.Const(2.1379611789087914e-09), 7.034594478558101e-09, -1.8537211279950722e-08,
                -7.680027902327577e-08, 1.1261362103432747e-07, 5.409245475082663e-07);
            q = Horner(t, q, -7.94535657444107e-07, -3.384353562202375e-06, 7.243778518875774e-06,
                1.8643452419941745e-05, -7.477713759260367e-05);
            q = Horner(t, q, -4.206102742118391e-05, 0.0007145317266150172, -0.001305354904287489,
                -0.0031770503506915234, 0.026518619904623494);
            q = Horner(t, q, -0.09231870663783145, 0.22573862164614508, -0.43525602671690805);
            q = Horner(t, q, 0.6941136466346716, -0.9377997245671119, 1.08705558926226);
        }

        S v = w * q;
        if (refine)
        {
            // Likewise the quotient Q / (a + k).
            v = S.FusedMultiplyAdd(S.FusedMultiplyAdd(-v, a, S.FusedMultiplyAdd(-v, k, q)), w, v);
        }

        S square = a * a, squareLow = S.FusedMultiplyAdd(a, a, -square);
        return ExpOfSum(-square, -squareLow, v);
    }
}
