using Autodiff.Operations;
using static Autodiff.Tests.Elementwise.OperationRow;
using R = Autodiff.Tests.Elementwise.ReferenceMath;

namespace Autodiff.Tests.Elementwise;

/// <summary>Every elementwise operation, one row each.</summary>
public static partial class OperationTable
{
    private const double Inf = double.PositiveInfinity, NaN = double.NaN;

    public static IReadOnlyList<OperationRow> Rows { get; } =
        [.. Arithmetic(), .. Powers(), .. Exponential(), .. Trigonometric(), .. Rounding(), .. Selection(), .. Tests(),
            .. Rectifiers(), .. Smooth()];

    public static IEnumerable<OperationRow> Differentiable => Rows.Where(row => row.IsDifferentiable);

    private static SpecialValue At(double x, double y) => new([x], y, []);

    private static SpecialValue At(double x, double y, double slope) => new([x], y, [slope]);

    private static SpecialValue At2(double a, double b, double y, params double[] slopes) => new([a, b], y, slopes);

    private static SpecialValue At3(double a, double b, double c, double y, params double[] slopes) =>
        new([a, b, c], y, slopes);

    private static IEnumerable<OperationRow> Arithmetic() =>
    [
        Binary(default(Add), (a, b) => a + b, (a, b) => a + b, (-3, 3), (-3, 3), (a, b) => a.AddInPlace(b)),
        Binary(default(Sub), (a, b) => a - b, (a, b) => a - b, (-3, 3), (-3, 3), (a, b) => a.SubInPlace(b)),
        Binary(default(Mul), (a, b) => a * b, (a, b) => a * b, (-3, 3), (-3, 3), (a, b) => a.MulInPlace(b)),
        Binary(default(Div), (a, b) => a / b, (a, b) => a / b, (-3, 3), (0.3, 4), (a, b) => a.DivInPlace(b),
            special: [At2(1, 0, Inf), At2(0, 0, NaN)]),
        Binary(new AddScaled(0.3), (a, b) => a.Add(b, 0.3), (a, b) => a + 0.3 * b, (-3, 3), (-3, 3),
            (a, b) => a.AddInPlace(b, 0.3), floor: 3),
        Binary(new AddScaled(-1.7), (a, b) => a.Sub(b, 1.7), (a, b) => a - 1.7 * b, (-3, 3), (-3, 3),
            (a, b) => a.SubInPlace(b, 1.7), floor: 3),
        Unary(default(Neg), x => -x, x => -x, -3, 3, x => x.NegInPlace()),
        Unary(default(Abs), x => x.Abs(), Math.Abs, -3, 3, x => x.AbsInPlace(), kinks: [0],
            special: [At(0, 0, 0), At(-Inf, Inf, -1), At(NaN, NaN)]),
        Unary(default(Reciprocal), x => x.Reciprocal(), x => 1 / x, 0.2, 5, x => x.ReciprocalInPlace(),
            special: [At(0, Inf, -Inf), At(Inf, 0, 0)]),
        Unary(default(Deg2Rad), x => x.Deg2Rad(), x => x * Math.PI / 180, -400, 400),
        Unary(default(Rad2Deg), x => x.Rad2Deg(), x => x * 180 / Math.PI, -7, 7),
        Ternary(new AddCMul(1.7), (a, b, c) => a.AddCMul(b, c, 1.7), (a, b, c) => a + 1.7 * b * c, (-3, 3), (-3, 3),
            (-3, 3),
            (a, b, c) => a.AddCMulInPlace(b, c, 1.7), floor: 10),
        Ternary(new AddCDiv(1.7), (a, b, c) => a.AddCDiv(b, c, 1.7), (a, b, c) => a + 1.7 * b / c, (-3, 3), (-3, 3),
            (0.3, 4),
            (a, b, c) => a.AddCDivInPlace(b, c, 1.7), floor: 10),
        Ternary(default(Lerp), (a, b, c) => a.Lerp(b, c), (a, b, c) => a + c * (b - a), (-3, 3), (-3, 3), (-0.5, 1.5),
            (a, b, c) => a.LerpInPlace(b, c), floor: 6,
            special: [At3(0.1, 0.7, 1, 0.7, 0, 1, 0.6), At3(0.1, 0.7, 0, 0.1, 1, 0, 0.6),
                At3(-Inf, 3, 0, -Inf), At3(3, Inf, 0, 3), At3(3, -Inf, 1, -Inf), At3(Inf, 3, 1, 3),
                At3(-Inf, 3, 0.25, -Inf), At3(3, Inf, 0.75, Inf), At3(Inf, Inf, 0.5, Inf),
                At3(Inf, -Inf, 0.5, NaN), At3(NaN, 1, 0, NaN)]),
    ];

    private static IEnumerable<OperationRow> Powers() =>
    [
        Binary(default(Pow), (a, b) => a.Pow(b), Math.Pow, (0.05, 6), (-4, 4), (a, b) => a.PowInPlace(b),
            takesNumbers: false,
            special: [At2(0, 2, 0, 0, 0), At2(0, 0, 1, 0), At2(-2, 3, -8, 12), At2(-2, 0.5, NaN),
                At2(2, 0, 1, 0, Math.Log(2)), At2(0, -1, Inf), At2(NaN, 0, 1)]),
        Unary(default(Square), x => x.Square(), x => x * x, -4, 4, x => x.SquareInPlace(),
            special: [At(-Inf, Inf, -Inf)]),
        Unary(default(Cube), x => x.Pow(3), x => x * x * x, -4, 4),
        Unary(default(Sqrt), x => x.Sqrt(), Math.Sqrt, 0.01, 50, x => x.SqrtInPlace(),
            special: [At(0, 0, Inf), At(-1, NaN, NaN), At(Inf, Inf, 0)]),
        Unary(default(Rsqrt), x => x.Rsqrt(), x => 1 / Math.Sqrt(x), 0.01, 50, x => x.RsqrtInPlace(),
            special: [At(0, Inf, -Inf), At(Inf, 0, 0)]),
        Binary(default(Hypot), (a, b) => a.Hypot(b), (a, b) => Math.Sqrt(a * a + b * b), (-4, 4), (-4, 4),
            special: [At2(3e300, 4e300, 5e300, 0.6, 0.8), At2(-Inf, NaN, Inf), At2(0, 2, 2, 0, 1)]),
    ];

    private static IEnumerable<OperationRow> Exponential() =>
    [
        Unary(default(Exp), x => x.Exp(), Math.Exp, -40, 40, x => x.ExpInPlace(),
            special: [At(-Inf, 0, 0), At(Inf, Inf, Inf), At(NaN, NaN), At(0, 1, 1)]),
        Unary(default(Exp2), x => x.Exp2(), x => Math.Pow(2, x), -40, 40,
            special: [At(10, 1024, 1024 * Math.Log(2)), At(-Inf, 0, 0), At(Inf, Inf)]),
        Unary(default(Expm1), x => x.Expm1(), R.Expm1, -20, 20, x => x.Expm1InPlace(),
            special: [At(-Inf, -1, 0), At(0, 0, 1)]),
        Unary(default(Log), x => x.Log(), Math.Log, 0.001, 1000, x => x.LogInPlace(),
            special: [At(0, -Inf, Inf), At(-1, NaN), At(1, 0, 1), At(Inf, Inf, 0)]),
        Unary(default(Log2), x => x.Log2(), Math.Log2, 0.001, 1000, x => x.Log2InPlace(),
            special: [At(8, 3), At(0, -Inf), At(-1, NaN)]),
        Unary(default(Log10), x => x.Log10(), Math.Log10, 0.001, 1000, x => x.Log10InPlace(),
            special: [At(0, -Inf), At(-1, NaN)]),
        Unary(default(Log1p), x => x.Log1p(), R.Log1p, -0.9, 100, x => x.Log1pInPlace(),
            special: [At(-1, -Inf, Inf), At(-2, NaN), At(0, 0, 1)]),
        Binary(default(LogAddExp), (a, b) => a.LogAddExp(b), (a, b) => Math.Max(a, b) + R.Softplus(-Math.Abs(a - b)),
            (-9, 9), (-9, 9), floor: 1,
            special: [At2(1000, 1000, 1000 + Math.Log(2), 0.5, 0.5), At2(-Inf, -Inf, -Inf), At2(-Inf, 2, 2, 0, 1)]),
        Binary(default(XLogY), (a, b) => a.XLogY(b), (a, b) => a == 0 ? 0 : a * Math.Log(b), (-4, 4), (0.01, 9),
            special: [At2(0, 0, 0, 0), At2(0, NaN, NaN), At2(0, 3, 0, Math.Log(3), 0), At2(2, 0, -Inf),
                At2(0, -1, 0, 0, 0)]),
        Unary(default(Logit), x => x.Logit(), x => Math.Log(x / (1 - x)), 0.001, 0.999, floor: 0.5,
            special: [At(0, -Inf, Inf), At(1, Inf, Inf), At(0.5, 0, 4), At(-0.5, NaN), At(1.5, NaN)]),
        Unary(default(Erf), x => x.Erf(), R.Erf, -5, 5, x => x.ErfInPlace(),
            special: [At(Inf, 1, 0), At(-Inf, -1, 0), At(NaN, NaN)]),
        Unary(default(Erfc), x => x.Erfc(), R.Erfc, -5, 8, ulps64: 20,
            special: [At(Inf, 0, 0), At(-Inf, 2, 0), At(NaN, NaN)]),
    ];

    private static IEnumerable<OperationRow> Trigonometric() =>
    [
        Unary(default(Sin), x => x.Sin(), Math.Sin, -20, 20, x => x.SinInPlace(),
            special: [At(0, 0, 1), At(Inf, NaN, NaN)]),
        Unary(default(Cos), x => x.Cos(), Math.Cos, -20, 20, x => x.CosInPlace(),
            special: [At(0, 1, 0), At(Inf, NaN, NaN)]),
        Unary(default(Tan), x => x.Tan(), Math.Tan, -1.5, 1.5, x => x.TanInPlace()),
        Unary(default(Asin), x => x.Asin(), Math.Asin, -0.99, 0.99,
            special: [At(1, Math.PI / 2, Inf), At(1.5, NaN, NaN)]),
        Unary(default(Acos), x => x.Acos(), Math.Acos, -0.99, 0.99,
            special: [At(1, 0, -Inf), At(-1, Math.PI), At(1.5, NaN, NaN)]),
        Unary(default(Atan), x => x.Atan(), Math.Atan, -9, 9, special: [At(Inf, Math.PI / 2, 0), At(0, 0, 1)]),
        Binary(default(Atan2), (a, b) => a.Atan2(b), Math.Atan2, (-4, 4), (-4, 4),
            special: [At2(0, -1, Math.PI, -1, 0), At2(2, 0, Math.PI / 2, 0, -0.5), At2(0, 0, 0)]),
        Unary(default(Sinh), x => x.Sinh(), Math.Sinh, -20, 20, ulps32: 4, special: [At(-Inf, -Inf)]),
        Unary(default(Cosh), x => x.Cosh(), Math.Cosh, -20, 20, ulps32: 4, special: [At(0, 1, 0), At(-Inf, Inf)]),
        Unary(default(Tanh), x => x.Tanh(), Math.Tanh, -12, 12, x => x.TanhInPlace(),
            special: [At(Inf, 1, 0), At(-Inf, -1, 0), At(NaN, NaN)]),
        Unary(default(Asinh), x => x.Asinh(), Math.Asinh, -30, 30),
        Unary(default(Acosh), x => x.Acosh(), Math.Acosh, 1.01, 30, ulps32: 4, special: [At(1, 0, Inf), At(0.5, NaN)]),
        Unary(default(Atanh), x => x.Atanh(), Math.Atanh, -0.99, 0.99, ulps32: 4,
            special: [At(1, Inf, Inf), At(1.5, NaN)]),
    ];

    private static IEnumerable<OperationRow> Rounding() =>
    [
        Unary(default(Floor), x => x.Floor(), Math.Floor, -5, 5, x => x.FloorInPlace(),
            special: [At(-0.5, -1, 0), At(2, 2, 0), At(Inf, Inf)]),
        Unary(default(Ceil), x => x.Ceil(), Math.Ceiling, -5, 5, x => x.CeilInPlace(),
            special: [At(0.5, 1, 0), At(2, 2, 0)]),
        Unary(default(Round), x => x.Round(), x => Math.Round(x), -5, 5, x => x.RoundInPlace(),
            special: [At(0.5, 0, 0), At(1.5, 2, 0), At(-2.5, -2, 0)]),
        Unary(new RoundDecimals(2), x => x.Round(2), x => Math.Round(x * 100) / 100, -5, 5, x => x.RoundInPlace(2)),
        Unary(new RoundDecimals(-2), x => x.Round(-2), x => Math.Round(x / 100) * 100, -950, 950),
        Unary(default(Trunc), x => x.Trunc(), Math.Truncate, -5, 5, x => x.TruncInPlace(), special: [At(-1.5, -1, 0)]),
        Unary(default(Frac), x => x.Frac(), x => x - Math.Truncate(x), -5, 5, special: [At(-1.25, -0.25, 1)]),
        Unary(default(Sign), x => x.Sign(), x => Math.Sign(x), -5, 5,
            special: [At(0, 0, 0), At(NaN, NaN), At(-Inf, -1, 0)]),
        Binary(default(CopySign), (a, b) => a.CopySign(b), Math.CopySign, (-4, 4), (-4, 4),
            special: [At2(3, -0.0, -3, -1, 0), At2(0, 2, 0, 0, 0)]),
        Binary(default(FloorDivide), (a, b) => a.FloorDivide(b), (a, b) => Math.Floor(a / b), (-20, 20), (0.7, 4),
            special: [At2(-7, 2, -4, 0, 0), At2(7, -2, -4), At2(1, 0, Inf), At2(-1, Inf, -1), At2(NaN, 1, NaN),
                At2(6, 0.1, 59)]),
        Binary(default(TruncDivide), (a, b) => a.Div(b, RoundingMode.Trunc), (a, b) => Math.Truncate(a / b), (-20, 20),
            (0.7, 4), special: [At2(-7, 2, -3, 0, 0)]),
        Binary(default(Fmod), (a, b) => a.Fmod(b), (a, b) => a % b, (-20, 20), (0.7, 4),
            special: [At2(-7, 2, -1, 1, 3), At2(7, -2, 1), At2(1, 0, NaN), At2(1, Inf, 1)]),
        Binary(default(Remainder), (a, b) => a % b, R.Remainder, (-20, 20), (0.7, 4), floor: 1,
            special: [At2(-7, 2, 1, 1, 4), At2(7, -2, -1), At2(1, 0, NaN)]),
    ];

    private static IEnumerable<OperationRow> Selection() =>
    [
        Binary(default(Maximum), (a, b) => a.Maximum(b), Math.Max, (-3, 3), (-3, 3),
            special: [At2(2, 2, 2, 0.5, 0.5), At2(NaN, 1, NaN), At2(1, NaN, NaN), At2(-Inf, 1, 1, 0, 1)]),
        Binary(default(Minimum), (a, b) => a.Minimum(b), Math.Min, (-3, 3), (-3, 3),
            special: [At2(2, 2, 2, 0.5, 0.5), At2(NaN, 1, NaN), At2(1, NaN, NaN)]),
        Binary(default(Fmax), (a, b) => a.Fmax(b), Math.Max, (-3, 3), (-3, 3),
            special: [At2(2, 2, 2, 1, 0), At2(NaN, 1, 1, 0, 1), At2(1, NaN, 1, 1, 0)]),
        Binary(default(Fmin), (a, b) => a.Fmin(b), Math.Min, (-3, 3), (-3, 3),
            special: [At2(2, 2, 2, 1, 0), At2(NaN, 1, 1, 0, 1), At2(1, NaN, 1, 1, 0)]),
        Binary(default(ClampMin), (a, b) => a.ClampMin(b), Math.Max, (-3, 3), (-3, 3), (a, b) => a.ClampMinInPlace(b),
            special: [At2(2, 2, 2, 1, 0), At2(NaN, 1, NaN)]),
        Binary(default(ClampMax), (a, b) => a.ClampMax(b), Math.Min, (-3, 3), (-3, 3), (a, b) => a.ClampMaxInPlace(b),
            special: [At2(2, 2, 2, 1, 0), At2(NaN, 1, NaN)]),
        Ternary(default(Clamp), (a, b, c) => a.Clamp(b, c), (a, b, c) => Math.Min(Math.Max(a, b), c), (-3, 3), (-2, 0),
            (0, 2), (a, b, c) => a.ClampInPlace(b, c),
            special: [At3(1, -1, 1, 1, 1, 0, 0), At3(5, 2, 1, 1, 0, 0, 1), At3(0, 2, 1, 1, 0, 0, 1),
                At3(NaN, 0, 1, NaN)]),
        Ternary(default(Where), (a, b, c) => Tensor.Where(a > 0, b, c), (a, b, c) => a > 0 ? b : c, (0, 1), (-3, 3),
            (-3, 3)),
        Unary(new NanToNum(0.5, 7, -8), x => x.NanToNum(0.5, 7, -8), x => x, -3, 3, x => x.NanToNumInPlace(0.5, 7, -8),
            special: [At(NaN, 0.5, 0), At(Inf, 7, 0), At(-Inf, -8, 0)]),
    ];

    private static IEnumerable<OperationRow> Tests() =>
    [
        Test("Eq", 2, x => x[0].Eq(x[1]), x => x[0] == x[1], [At2(1, 1, 1), At2(NaN, NaN, 0), At2(0, -0.0, 1)]),
        Test("Ne", 2, x => x[0].Ne(x[1]), x => x[0] != x[1], [At2(1, 1, 0), At2(NaN, NaN, 1)]),
        Test("Lt", 2, x => x[0] < x[1], x => x[0] < x[1], [At2(1, 1, 0), At2(NaN, 1, 0), At2(-Inf, 1, 1)]),
        Test("Le", 2, x => x[0] <= x[1], x => x[0] <= x[1], [At2(1, 1, 1), At2(1, NaN, 0)]),
        Test("Gt", 2, x => x[0] > x[1], x => x[0] > x[1], [At2(1, 1, 0), At2(1, NaN, 0)]),
        Test("Ge", 2, x => x[0] >= x[1], x => x[0] >= x[1], [At2(1, 1, 1), At2(NaN, 1, 0)]),
        Test("IsClose", 2, x => x[0].IsClose(x[1], 0.1, 0.2), x => Math.Abs(x[0] - x[1]) <= 0.2 + 0.1 * Math.Abs(x[1]),
            [At2(Inf, Inf, 1), At2(1, Inf, 0), At2(NaN, NaN, 0), At2(Inf, -Inf, 0)]),
        Test("LogicalAnd", 2, x => x[0].Round().LogicalAnd(x[1].Round()),
            x => Math.Round(x[0]) != 0 && Math.Round(x[1]) != 0, [At2(NaN, 1, 1)]),
        Test("LogicalOr", 2, x => x[0].Round().LogicalOr(x[1].Round()),
            x => Math.Round(x[0]) != 0 || Math.Round(x[1]) != 0, [At2(0, 0, 0)]),
        Test("LogicalXor", 2, x => x[0].Round().LogicalXor(x[1].Round()),
            x => Math.Round(x[0]) != 0 != (Math.Round(x[1]) != 0), [At2(2, 3, 0)]),
        Test("LogicalNot", 1, x => !x[0].Round(), x => Math.Round(x[0]) == 0, [At(NaN, 0)]),
        Test("IsFinite", 1, x => x[0].IsFinite(), x => true, [At(NaN, 0), At(Inf, 0), At(-Inf, 0)]),
        Test("IsInf", 1, x => x[0].IsInf(), x => false, [At(NaN, 0), At(Inf, 1), At(-Inf, 1)]),
        Test("IsNaN", 1, x => x[0].IsNaN(), x => false, [At(NaN, 1), At(Inf, 0)]),
    ];
}
