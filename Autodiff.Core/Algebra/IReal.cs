using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

/// <summary>
/// An abstract real number: the alphabet in which every elementwise formula of the engine is written once.
/// A type that implements it (a <i>carrier</i>) decides what running the formula does: a SIMD loop (vectors of
/// float or double), the tape (<see cref="Tensor"/>), a forward-mode derivative (<see cref="Dual{S}"/>), text
/// (<see cref="Formula"/>), a CUDA kernel.
/// </summary>
/// <typeparam name="S">The carrier itself.</typeparam>
/// <remarks>
/// <para>The list is closed. The members from <see cref="Exp"/> on have default definitions in <see cref="RealMath"/>,
/// made of the members before them, so that every carrier of one precision computes the same bits; a carrier for which
/// those bit manipulations mean nothing (a dual number, a tensor, text) overrides them. Functions that need no such
/// override (sigmoid, asinh, maximum, ...) live in <see cref="RealMath"/> only.</para>
/// <para>Comparisons appear only as selections. A comparison with NaN is false, so every selection then gives its last
/// argument: <c>SelectLess(x, 0, 0, x)</c> keeps a NaN, <c>SelectLess(0, x, x, 0)</c> drops it.</para>
/// </remarks>
public interface IReal<S> where S : IReal<S>
{
    /// <summary>
    /// Whether the carrier has the precision of <see cref="double"/> (else of <see cref="float"/>); decides the length
    /// of polynomials.
    /// </summary>
    static abstract bool IsDouble { get; }

    /// <summary>
    /// Whether running a formula writes it down. A function then writes what a person calls it
    /// (<see cref="Named(string, S)"/>) or the formula without its care for far and special values; its body does not
    /// run.
    /// </summary>
    static virtual bool IsText => false;

    /// <summary>name(x) as text. Only a carrier with <see cref="IsText"/> is asked.</summary>
    static virtual S Named(string name, S x) => x;

    /// <summary>name(a, b) as text. Only a carrier with <see cref="IsText"/> is asked.</summary>
    static virtual S Named(string name, S a, S b) => a;

    /// <summary>The number <paramref name="value"/>, rounded to the carrier's precision.</summary>
    static abstract S Const(double value);

    /// <summary>A constant that is a field of the operation rather than written in its formula.</summary>
    static virtual S Const(Constant value) => S.Const(value.Double);

    /// <summary>a + b.</summary>
    static abstract S operator +(S a, S b);

    /// <summary>a - b.</summary>
    static abstract S operator -(S a, S b);

    /// <summary>a b.</summary>
    static abstract S operator *(S a, S b);

    /// <summary>a / b; on integers the floor of the quotient.</summary>
    static abstract S operator /(S a, S b);

    /// <summary>-x.</summary>
    static abstract S operator -(S x);

    /// <summary>a b + c with one rounding.</summary>
    static abstract S FusedMultiplyAdd(S a, S b, S c);

    /// <summary>|x|.</summary>
    static abstract S Abs(S x);

    /// <summary>The square root; NaN below zero.</summary>
    static abstract S Sqrt(S x);

    /// <summary>The largest integer not above x.</summary>
    static abstract S Floor(S x);

    /// <summary>The nearest integer, halves to even.</summary>
    static abstract S Round(S x);

    /// <summary>a &lt; b ? then : otherwise, lane by lane.</summary>
    static abstract S SelectLess(S a, S b, S then, S otherwise);

    /// <summary>a &lt;= b ? then : otherwise, lane by lane.</summary>
    static abstract S SelectLessEqual(S a, S b, S then, S otherwise);

    /// <summary>a == b ? then : otherwise, lane by lane.</summary>
    static abstract S SelectEqual(S a, S b, S then, S otherwise);

    /// <summary>x 2^n for an integral n, where 2^(n/2) is a normal number; overflows to infinity, and rounds a
    /// subnormal result once if x is around one.</summary>
    static abstract S ScaleB(S x, S n);

    /// <summary>The binary exponent e of |x| = m 2^e with 1 &lt;= m &lt; 2, subnormal numbers included; -infinity at
    /// zero, infinity at infinities (IEEE 754's logB).</summary>
    static abstract S Exponent(S x);

    /// <summary>The significand m of |x| = m 2^e with 1 &lt;= m &lt; 2; 1 at zeros and infinities.</summary>
    static abstract S Mantissa(S x);

    /// <summary>e^x.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Exp(S x) => RealMath.ExpDefault(x);

    /// <summary>e^x - 1, accurate near zero.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Expm1(S x) => RealMath.Expm1Default(x);

    /// <summary>The natural logarithm; -infinity at zero, NaN below.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Log(S x) => RealMath.LogDefault(x);

    /// <summary>log(1 + x), accurate near zero.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Log1p(S x) => RealMath.Log1pDefault(x);

    /// <summary>The logarithm to base 2, exact at powers of two.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Log2(S x) => RealMath.Log2Default(x);

    /// <summary>The logarithm to base 10.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Log10(S x) => RealMath.Log10Default(x);

    /// <summary>The sine.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Sin(S x) => RealMath.SinDefault(x);

    /// <summary>The cosine.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Cos(S x) => RealMath.CosDefault(x);

    /// <summary>The tangent, sin x / cos x.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Tan(S x) => RealMath.TanDefault(x);

    /// <summary>The arc tangent, in [-pi/2, pi/2].</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Atan(S x) => RealMath.AtanDefault(x);

    /// <summary>The error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Erf(S x) => RealMath.ErfDefault(x);

    /// <summary>1 - erf(x), accurate in the right tail.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Erfc(S x) => RealMath.ErfcDefault(x);

    /// <summary>x^p with IEEE 754's special values (NaN for a negative x unless p is integral).</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Pow(S x, S p) => RealMath.PowDefault(x, p);

    /// <summary>The hyperbolic tangent.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Tanh(S x) => RealMath.TanhDefault(x);

    /// <summary>The hyperbolic sine.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Sinh(S x) => RealMath.SinhDefault(x);

    /// <summary>The hyperbolic cosine.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S Cosh(S x) => RealMath.CoshDefault(x);

    /// <summary>|x| with the sign of <paramref name="sign"/>, -0 included; which one a NaN has is not said.</summary>
    [MethodImpl(AggressiveInlining)] static virtual S CopySign(S x, S sign) => RealMath.CopySignDefault(x, sign);

    /// <summary>Whether a &lt;= b is known to hold in every lane. A formula may then leave out what would change
    /// nothing: it must give the same without being told, since most carriers never know.</summary>
    static virtual bool AllLessEqual(S a, S b) => false;

    /// <summary>a &lt;= b ? usual : rare(x), lane by lane, where the second is long and seldom wanted: a carrier that
    /// can leaves it out by a branch where no lane wants it. Two carriers may differ in what they run, not in what they
    /// give: the rare formula must hold for every x, since a carrier that keeps a history (a tensor) takes it
    /// everywhere.</summary>
    [MethodImpl(AggressiveInlining)]
    static virtual S BranchLessEqual<TRare>(S a, S b, S usual, TRare rare, S x) where TRare : struct, IUnaryFormula =>
        S.AllLessEqual(a, b) ? usual : RealMath.Rarely(a, b, usual, rare, x);

    /// <inheritdoc cref="BranchLessEqual{TRare}(S, S, S, TRare, S)"/>
    [MethodImpl(AggressiveInlining)]
    static virtual S BranchLessEqual<TRare>(S a, S b, S usual, TRare rare, S x, S y)
        where TRare : struct, IBinaryFormula =>
        S.AllLessEqual(a, b) ? usual : RealMath.Rarely(a, b, usual, rare, x, y);

    /// <summary>
    /// Replaces x by step(x, bound) for as long as bound &lt; x; the step must leave an x below the bound as it is.
    /// </summary>
    /// <param name="x">Where the steps start.</param>
    /// <param name="bound">What they lead to.</param>
    /// <param name="most">How many steps are always enough.</param>
    /// <param name="step">One step.</param>
    static virtual S Repeat<TStep>(S x, S bound, int most, TStep step) where TStep : struct, IBinaryFormula
    {
        for (int i = 0; i < most && !S.AllLessEqual(x, bound); i++)
        {
            x = step.F(x, bound);
        }

        return x;
    }

    /// <summary>The bits set in both; integers only.</summary>
    /// <exception cref="NotSupportedException">The carrier is not an integer.</exception>
    static virtual S And(S a, S b) =>
        throw new NotSupportedException("Bitwise operations are defined on integers and bool only.");
}
