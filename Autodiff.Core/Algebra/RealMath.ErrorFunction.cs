using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// Near zero erf x = x + x P(x^2). In the tail erfc a = e^(-a^2) w Q(t), w = 1/(a + K), t = (a - K) w, a change of variable
// that makes one polynomial do for all a >= 0 (Shepherd and Laframboise, Math. Comp. 36, 1981).
public static partial class RealMath
{
    /// <summary>Error below 1.5 units in the last place; -0 stays -0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S ErfDefault<S>(S x) where S : IReal<S>
    {
        S a = S.Abs(x), z = x * x, p;
        if (!S.IsDouble)
        {
            // a <= 0.85: degree 6, error 2^-30.1.
            p = Horner(z, S.Const(7.67101665e-5), -0.000799266389, 0.00518892985, -0.0268548839);
            p = Horner(z, p, 0.11283619, -0.376126289, 0.128379166);
        }
        else
        {
            // Degree 11, error 2^-56.3.
            p = Horner(z, S.Const(-1.7023462493384483e-09), 1.7460655175016736e-08, -1.6865265629831615e-07, 1.651282060317496e-06,
                -1.4928796209380416e-05, 0.00012055457492990698);
            p = Horner(z, p, -0.0008548330178449693, 0.00522397767522481, -0.026866170649714635, 0.11283791670976798);
            p = Horner(z, p, -0.37612638903184153, 0.1283791670955126);
        }

        S far = S.Const(1) - ErfcOfMagnitude(a);
        far = S.SelectLess(x, S.Const(0), -far, far);
        return S.SelectLess(a, S.Const(0.85), S.FusedMultiplyAdd(x, p, x), far);
    }

    /// <summary>Error below 3 units in the last place over the whole tail, down to subnormal results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S ErfcDefault<S>(S x) where S : IReal<S>
    {
        S y = ErfcOfMagnitude(S.Abs(x));
        return S.SelectLess(x, S.Const(0), S.Const(2) - y, y);
    }

    /// <summary>erfc a for a >= 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S ErfcOfMagnitude<S>(S a) where S : IReal<S>
    {
        // Beyond this the result rounds to 0.
        S last = S.Const(S.IsDouble ? 27.3 : 10.2);
        a = S.SelectLess(last, a, last, a);

        S k = S.Const(S.IsDouble ? 3.5 : 3), w = S.Const(1) / (a + k), t = (a - k) * w, q;
        if (!S.IsDouble)
        {
            // Degree 9, error 2^-27.0.
            q = Horner(t, S.Const(-0.000314917299), -0.000470534607, 0.0030704448, -0.00124012481, -0.0268371664, 0.119533502);
            q = Horner(t, q, -0.31046626, 0.590227842, -0.88339448, 1.07400692);
        }
        else
        {
            // Degree 21, error 2^-53.1.
            q = Horner(t, S.Const(2.1379611789087914e-09), 7.034594478558101e-09, -1.8537211279950722e-08, -7.680027902327577e-08, 1.1261362103432747e-07, 5.409245475082663e-07);
            q = Horner(t, q, -7.94535657444107e-07, -3.384353562202375e-06, 7.243778518875774e-06, 1.8643452419941745e-05, -7.477713759260367e-05);
            q = Horner(t, q, -4.206102742118391e-05, 0.0007145317266150172, -0.001305354904287489, -0.0031770503506915234, 0.026518619904623494);
            q = Horner(t, q, -0.09231870663783145, 0.22573862164614508, -0.43525602671690805);
            q = Horner(t, q, 0.6941136466346716, -0.9377997245671119, 1.08705558926226);
        }

        S square = a * a, squareLow = S.FusedMultiplyAdd(a, a, -square);
        return ExpOfSum(-square, -squareLow, w * q);
    }
}
