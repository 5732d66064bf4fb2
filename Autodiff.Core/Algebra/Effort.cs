using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

/// <summary>
/// Counts what running a formula takes: a formula that runs on this carrier adds up the instructions of its usual way,
/// which decides whether a loop over it is worth several threads.
/// </summary>
internal readonly struct Effort : IReal<Effort>
{
    /// <summary>Instructions that a division or a square root keeps its unit busy for.</summary>
    private const int Division = 8;

    /// <summary>Instructions of a number taken apart or put together by its bits.</summary>
    private const int Bits = 4;

    [ThreadStatic]
    private static int t_count;

    /// <summary>
    /// The instructions of <paramref name="op"/> for an element (a vector of them) of float32, at least 1.
    /// </summary>
    /// <remarks>Found once for each type of operation: its fields change little of it.</remarks>
    public static int Of<TOp>(in TOp op) where TOp : unmanaged, IFormula =>
        Known<TOp>.Count is int known and not 0 ? known : Known<TOp>.Count = Run(op);

    [MethodImpl(NoInlining)]
    private static int Run<TOp>(TOp op) where TOp : unmanaged, IFormula
    {
        t_count = 0;
        op.F<Effort, Nothing>(default);
        return Math.Max(t_count, 1);
    }

    private static Effort Take(int instructions)
    {
        t_count += instructions;
        return default;
    }

    public static bool IsDouble => false;

    public static Effort Const(double value) => default;

    public static Effort Const(Constant value) => default;

    public static Effort operator +(Effort a, Effort b) => Take(1);

    public static Effort operator -(Effort a, Effort b) => Take(1);

    public static Effort operator *(Effort a, Effort b) => Take(1);

    public static Effort operator /(Effort a, Effort b) => Take(Division);

    public static Effort operator -(Effort x) => Take(1);

    public static Effort FusedMultiplyAdd(Effort a, Effort b, Effort c) => Take(1);

    public static Effort Abs(Effort x) => Take(1);

    public static Effort Sqrt(Effort x) => Take(Division);

    public static Effort Floor(Effort x) => Take(1);

    public static Effort Round(Effort x) => Take(1);

    public static Effort SelectLess(Effort a, Effort b, Effort then, Effort otherwise) => Take(2);

    public static Effort SelectLessEqual(Effort a, Effort b, Effort then, Effort otherwise) => Take(2);

    public static Effort SelectEqual(Effort a, Effort b, Effort then, Effort otherwise) => Take(2);

    public static Effort ScaleB(Effort x, Effort n) => Take(Bits);

    public static Effort Exponent(Effort x) => Take(Bits);

    public static Effort Mantissa(Effort x) => Take(Bits);

    public static bool AllLessEqual(Effort a, Effort b)
    {
        Take(2);
        return true;
    }

    public static Effort And(Effort a, Effort b) => Take(1);

    private static class Known<TOp>
    {
        public static int Count;
    }

    private readonly struct Nothing : IOperands<Effort>
    {
        public Effort this[int k] => default;
    }
}
