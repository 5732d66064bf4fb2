using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>Counts a formula's instructions, about: nothing is computed.</summary>
/// <typeparam name="T">The type whose polynomials the formula uses.</typeparam>
internal readonly struct Counted<T> : IReal<Counted<T>> where T : unmanaged
{
    [ThreadStatic]
    private static int s_count;

    public static bool IsDouble => typeof(T) == typeof(double);

    /// <summary>How many instructions a formula takes.</summary>
    public static int Of<TFormula>(TFormula formula) where TFormula : IFormula
    {
        s_count = 0;
        _ = formula.F<Counted<T>, Listed<Counted<T>>>(new(new Counted<T>[TFormula.Arity]));
        return s_count;
    }

    /// <summary>How many it takes to map an element and to combine it with another.</summary>
    public static int OfFold<TOp>(TOp op) where TOp : unmanaged, IReduction
    {
        s_count = 0;
        _ = op.Map(default(Counted<T>));
        _ = op.Combine(default(Counted<T>), default);
        return s_count;
    }

    public static Counted<T> Const(double value) => default;

    public static Counted<T> operator +(Counted<T> a, Counted<T> b) => After(1);

    public static Counted<T> operator -(Counted<T> a, Counted<T> b) => After(1);

    public static Counted<T> operator *(Counted<T> a, Counted<T> b) => After(1);

    public static Counted<T> operator /(Counted<T> a, Counted<T> b) => After(1);

    public static Counted<T> operator -(Counted<T> x) => After(1);

    public static Counted<T> FusedMultiplyAdd(Counted<T> a, Counted<T> b, Counted<T> c) => After(1);

    public static Counted<T> Abs(Counted<T> x) => After(1);

    public static Counted<T> Sqrt(Counted<T> x) => After(1);

    public static Counted<T> Floor(Counted<T> x) => After(1);

    public static Counted<T> Round(Counted<T> x) => After(1);

    public static Counted<T> SelectLess(Counted<T> a, Counted<T> b, Counted<T> then, Counted<T> otherwise) => After(2);

    public static Counted<T> SelectLessEqual(Counted<T> a, Counted<T> b, Counted<T> then, Counted<T> otherwise) =>
        After(2);

    public static Counted<T> SelectEqual(Counted<T> a, Counted<T> b, Counted<T> then, Counted<T> otherwise) => After(2);

    // What these take where a kernel has them: shifts and masks of the number's bits.
    public static Counted<T> ScaleB(Counted<T> x, Counted<T> n) => After(10);

    public static Counted<T> Exponent(Counted<T> x) => After(12);

    public static Counted<T> Mantissa(Counted<T> x) => After(8);

    public static Counted<T> And(Counted<T> a, Counted<T> b) => After(1);

    private static Counted<T> After(int instructions)
    {
        s_count += instructions;
        return default;
    }
}
