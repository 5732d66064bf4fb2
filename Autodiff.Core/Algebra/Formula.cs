using System.Globalization;

namespace Autodiff.Algebra;

/// <summary>A formula as a person reads it: running an operation on this carrier writes the operation down.</summary>
public sealed class Formula : IReal<Formula>
{
    private readonly string _text;
    private readonly int _precedence;

    private Formula(string text, int precedence)
    {
        _text = text;
        _precedence = precedence;
    }

    /// <summary>A named quantity.</summary>
    public static Formula Variable(string name) => new(name, Atom);

    private const int Sum = 1, Product = 2, Negation = 3, Atom = 4;

    /// <summary>The formula of <paramref name="operation"/>, for example <c>1 / (1 + exp(-x))</c>.</summary>
    public static string Of<TOp>(TOp operation) where TOp : IUnaryFormula => operation.F(Variable("x")).ToString();

    /// <summary>The formula of <paramref name="operation"/> in a and b.</summary>
    public static string OfBinary<TOp>(TOp operation) where TOp : IBinaryFormula =>
        operation.F(Variable("a"), Variable("b")).ToString();

    /// <summary>The formula of <paramref name="operation"/> in a, b and c.</summary>
    public static string OfTernary<TOp>(TOp operation) where TOp : ITernaryFormula =>
        operation.F(Variable("a"), Variable("b"), Variable("c")).ToString();

    /// <summary>The rule of <paramref name="operation"/> in g, x and y.</summary>
    public static string OfVjp<TOp>(TOp operation) where TOp : IUnaryOp =>
        operation.Vjp(Variable("g"), Variable("x"), Variable("y")).ToString();

    /// <summary>The rules of <paramref name="operation"/> in g, a, b and y: <c>ā = g * b, b̄ = g * a</c>.</summary>
    public static string OfBinaryVjp<TOp>(TOp operation) where TOp : IBinaryOp
    {
        Formula g = Variable("g"), a = Variable("a"), b = Variable("b"), y = Variable("y");
        return $"ā = {operation.VjpA(g, a, b, y)}, b̄ = {operation.VjpB(g, a, b, y)}";
    }

    /// <summary>The fold of <paramref name="operation"/>: <c>x1 * x1 + x2 * x2 + ...</c>.</summary>
    internal static string OfFold<TOp>(TOp operation) where TOp : IReduction => FoldOf(operation).ToString();

    /// <summary>The function of a fold: <c>(x1 + x2 + ...) / 8</c>.</summary>
    internal static string OfFinish<TOp>(TOp operation) where TOp : IScaledReduction =>
        operation.Finish(FoldOf(operation)).ToString();

    private static Formula FoldOf<TOp>(TOp operation) where TOp : IReduction => operation.Combine(
        operation.Combine(operation.Map(Variable("x1")), operation.Map(Variable("x2"))), Variable("..."));

    /// <summary>The rules of <paramref name="operation"/> in g, a, b and c.</summary>
    public static string OfTernaryVjp<TOp>(TOp operation) where TOp : ITernaryOp
    {
        Formula g = Variable("g"), a = Variable("a"), b = Variable("b"), c = Variable("c");
        return $"ā = {operation.VjpA(g, a, b, c)}, b̄ = {operation.VjpB(g, a, b, c)}, c̄ = "
            + $"{operation.VjpC(g, a, b, c)}";
    }

    public static bool IsDouble => true;

    public static bool IsText => true;

    public static Formula Named(string name, Formula x) => new($"{name}({x})", Atom);

    public static Formula Named(string name, Formula a, Formula b) => new($"{name}({a}, {b})", Atom);

    public static Formula Const(double value) =>
        new(value.ToString("R", CultureInfo.InvariantCulture), value < 0 ? Negation : Atom);

    public static Formula Const(Constant value) => value.Integer == new Constant(value.Double).Integer
        ? Const(value.Double)
        // more digits than a double has
        : new(value.Integer.ToString(CultureInfo.InvariantCulture), value.Integer < 0 ? Negation : Atom);

    public static Formula operator +(Formula a, Formula b) => new($"{a.In(Sum)} + {b.In(Sum)}", Sum);

    public static Formula operator -(Formula a, Formula b) => new($"{a.In(Sum)} - {b.In(Product)}", Sum);

    public static Formula operator *(Formula a, Formula b) => new($"{a.In(Product)} * {b.In(Product)}", Product);

    public static Formula operator /(Formula a, Formula b) => new($"{a.In(Product)} / {b.In(Negation)}", Product);

    public static Formula operator -(Formula x) => new($"-{x.In(Atom)}", Negation);

    public static Formula FusedMultiplyAdd(Formula a, Formula b, Formula c) => a * b + c;

    public static Formula Abs(Formula x) => new($"|{x}|", Atom);

    public static Formula Sqrt(Formula x) => Named("sqrt", x);

    public static Formula Floor(Formula x) => Named("floor", x);

    public static Formula Round(Formula x) => Named("round", x);

    public static Formula SelectLess(Formula a, Formula b, Formula then, Formula otherwise) =>
        Select(a, "<", b, then, otherwise);

    public static Formula SelectLessEqual(Formula a, Formula b, Formula then, Formula otherwise) =>
        Select(a, "<=", b, then, otherwise);

    public static Formula SelectEqual(Formula a, Formula b, Formula then, Formula otherwise) =>
        Select(a, "==", b, then, otherwise);

    public static Formula ScaleB(Formula x, Formula n) => new($"{x.In(Product)} * 2^{n.In(Atom)}", Product);

    public static Formula Exponent(Formula x) => Named("exponent", x);

    public static Formula Mantissa(Formula x) => Named("mantissa", x);

    public static Formula Exp(Formula x) => Named("exp", x);

    public static Formula Expm1(Formula x) => Named("expm1", x);

    public static Formula Log(Formula x) => Named("log", x);

    public static Formula Log1p(Formula x) => Named("log1p", x);

    public static Formula Log2(Formula x) => Named("log2", x);

    public static Formula Log10(Formula x) => Named("log10", x);

    public static Formula Sin(Formula x) => Named("sin", x);

    public static Formula Cos(Formula x) => Named("cos", x);

    public static Formula Tan(Formula x) => Named("tan", x);

    public static Formula Atan(Formula x) => Named("atan", x);

    public static Formula Erf(Formula x) => Named("erf", x);

    public static Formula Erfc(Formula x) => Named("erfc", x);

    public static Formula Tanh(Formula x) => Named("tanh", x);

    public static Formula Sinh(Formula x) => Named("sinh", x);

    public static Formula Cosh(Formula x) => Named("cosh", x);

    public static Formula CopySign(Formula x, Formula sign) => Named("copysign", x, sign);

    public static Formula Pow(Formula x, Formula p) => new($"{x.In(Atom)}^{p.In(Atom)}", Negation);

    public static Formula And(Formula a, Formula b) => new($"({a.In(Sum)} & {b.In(Sum)})", Atom);

    public override string ToString() => _text;

    private string In(int precedence) => _precedence < precedence ? $"({_text})" : _text;

    private static Formula Select(Formula a, string relation, Formula b, Formula then, Formula otherwise) =>
        new($"({a} {relation} {b} ? {then} : {otherwise})", Atom);
}
