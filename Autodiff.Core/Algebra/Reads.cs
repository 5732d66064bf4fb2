using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

/// <summary>A set of the values that a rule is given besides the upstream gradient.</summary>
[Flags]
internal enum Operands : byte
{
    None = 0,
    A = 1,
    B = 2,
    C = 4,
    Output = 8,
    All = A | B | C | Output,
}

/// <summary>A set of operands in words.</summary>
internal static class OperandNames
{
    /// <summary>Those in <paramref name="set"/>, separated by commas.</summary>
    public static string Names(this Operands set, params ReadOnlySpan<string> inputs)
    {
        List<string> names = [];
        for (int k = 0; k < inputs.Length; k++)
        {
            if (((int)set >> k & 1) != 0)
            {
                names.Add(inputs[k]);
            }
        }

        if ((set & Operands.Output) != 0)
        {
            names.Add("y");
        }

        return string.Join(", ", names);
    }
}

/// <summary>
/// Which operands flow into a number: a rule that runs on this carrier tells what it reads. All arguments of a
/// selection count, and every way through the rule's branches (<see cref="Branches"/>).
/// </summary>
/// <param name="from">The operands; none for a constant.</param>
internal readonly struct Reads(Operands from) : IReal<Reads>
{
    public Operands From => from;

    public static bool IsDouble => Branches.IsDouble;

    [MethodImpl(AggressiveInlining)] public static Reads Const(double value) => default;

    [MethodImpl(AggressiveInlining)] public static Reads Const(Constant value) => default;

    [MethodImpl(AggressiveInlining)] public static Reads operator +(Reads a, Reads b) => new(a.From | b.From);

    [MethodImpl(AggressiveInlining)] public static Reads operator -(Reads a, Reads b) => a + b;

    [MethodImpl(AggressiveInlining)] public static Reads operator *(Reads a, Reads b) => a + b;

    [MethodImpl(AggressiveInlining)] public static Reads operator /(Reads a, Reads b) => a + b;

    [MethodImpl(AggressiveInlining)] public static Reads operator -(Reads x) => x;

    [MethodImpl(AggressiveInlining)] public static Reads FusedMultiplyAdd(Reads a, Reads b, Reads c) => a + b + c;

    public static Reads Abs(Reads x) => x;

    public static Reads Sqrt(Reads x) => x;

    public static Reads Floor(Reads x) => x;

    public static Reads Round(Reads x) => x;

    [MethodImpl(AggressiveInlining)]
    public static Reads SelectLess(Reads a, Reads b, Reads then, Reads otherwise) => a + b + then + otherwise;

    [MethodImpl(AggressiveInlining)]
    public static Reads SelectLessEqual(Reads a, Reads b, Reads then, Reads otherwise) => a + b + then + otherwise;

    [MethodImpl(AggressiveInlining)]
    public static Reads SelectEqual(Reads a, Reads b, Reads then, Reads otherwise) => a + b + then + otherwise;

    public static Reads ScaleB(Reads x, Reads n) => x + n;

    public static Reads Exponent(Reads x) => x;

    public static Reads Mantissa(Reads x) => x;

    public static Reads Exp(Reads x) => x;

    public static Reads Expm1(Reads x) => x;

    public static Reads Log(Reads x) => x;

    public static Reads Log1p(Reads x) => x;

    public static Reads Log2(Reads x) => x;

    public static Reads Log10(Reads x) => x;

    public static Reads Sin(Reads x) => x;

    public static Reads Cos(Reads x) => x;

    public static Reads Tan(Reads x) => x;

    public static Reads Atan(Reads x) => x;

    public static Reads Erf(Reads x) => x;

    public static Reads Erfc(Reads x) => x;

    public static Reads Pow(Reads x, Reads p) => x + p;

    public static Reads CopySign(Reads x, Reads sign) => x + sign;

    public static bool AllLessEqual(Reads a, Reads b) => Branches.Decide(a.From | b.From);

    public static Reads BranchLessEqual<TRare>(Reads a, Reads b, Reads usual, TRare rare, Reads x)
        where TRare : struct, IUnaryFormula =>
        a + b + usual + rare.F(x);

    public static Reads BranchLessEqual<TRare>(Reads a, Reads b, Reads usual, TRare rare, Reads x, Reads y)
        where TRare : struct, IBinaryFormula =>
        a + b + usual + rare.F(x, y);

    // What one step reads of x and of the bound, any number of steps does.
    public static Reads Repeat<TStep>(Reads x, Reads bound, int most, TStep step)
        where TStep : struct, IBinaryFormula =>
        x + bound + step.F(x, bound);

    public static Reads And(Reads a, Reads b) => a + b;
}

/// <summary>
/// The ways through a rule that branches by what its carrier answers: its precision, and whether all lanes are below a
/// bound.
/// </summary>
/// <remarks>
/// The first run is told "no" throughout; each further one repeats the answers of the last up to its last "no", which
/// becomes "yes".
/// </remarks>
internal sealed class Branches
{
    /// <summary>A rule with more ways than this is taken to read everything.</summary>
    private const int Most = 1024;

    [ThreadStatic]
    private static Branches? t_current;

    private List<bool>? _answers;
    private int _next;
    private bool? _isDouble;
    private Operands _conditions;

    /// <summary>
    /// What the rule of <paramref name="op"/> for operand <paramref name="k"/> reads on any way through it; a value
    /// that decides a way is read too.
    /// </summary>
    public static Operands Union<TOp>(TOp op, int k) where TOp : unmanaged, IOperation
    {
        Branches? before = t_current;
        Branches branches = t_current = new();
        try
        {
            Operands reads = Run(op, k);
            for (int runs = 1; branches.Advance(); runs++)
            {
                if (runs == Most)
                {
                    return Operands.All;
                }

                reads |= Run(op, k);
            }

            return reads | branches._conditions;
        }
        finally
        {
            t_current = before;
        }
    }

    private static Operands Run<TOp>(TOp op, int k) where TOp : unmanaged, IOperation
    {
        Everything<TOp> x = default;
        return (k switch
        {
            0 => op.Vjp<Reads, Everything<TOp>, First>(default, x),
            1 => op.Vjp<Reads, Everything<TOp>, Second>(default, x),
            _ => op.Vjp<Reads, Everything<TOp>, Third>(default, x),
        }).From;
    }

    /// <summary>All operands and, behind them, the result.</summary>
    private readonly struct Everything<TOp> : IOperands<Reads> where TOp : IFormula
    {
        public Reads this[int k] => new(k == TOp.Arity ? Operands.Output : (Operands)(1 << k));
    }

    public static bool IsDouble => Of()._isDouble ??= Of().Answer();

    public static bool Decide(Operands condition)
    {
        Of()._conditions |= condition;
        return Of().Answer();
    }

    private static Branches Of() =>
        t_current
            ?? throw new InvalidOperationException("Reads: a formula runs on this carrier only within Branches.Union.");

    private bool Answer()
    {
        _answers ??= [];
        if (_next == _answers.Count)
        {
            _answers.Add(false);
        }

        return _answers[_next++];
    }

    private bool Advance()
    {
        while (_answers is [.., true])
        {
            _answers.RemoveAt(_answers.Count - 1);
        }

        if (_answers is null or [])
        {
            return false;
        }

        _answers[^1] = true;
        _next = 0;
        _isDouble = null;
        return true;
    }
}
