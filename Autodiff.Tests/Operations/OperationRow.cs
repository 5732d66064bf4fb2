using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Tests.Elementwise;

/// <summary>A point whose answer is decided by definition: a kink, a pole, NaN, an infinity.</summary>
/// <param name="X">The operands.</param>
/// <param name="Y">The value.</param>
/// <param name="Slopes">The slope for each operand; empty where none is promised.</param>
public sealed record SpecialValue(double[] X, double Y, double[] Slopes);

/// <summary>
/// One elementwise operation: how it is called and what it must be. Tests and benches read the same rows.
/// </summary>
public sealed class OperationRow
{
    /// <summary>The operation's struct, with its constants where it has some.</summary>
    public required string Name { get; init; }

    /// <summary>How <see cref="Tensor"/> spells it.</summary>
    public required Func<Tensor[], Tensor> Call { get; init; }

    /// <summary>The definition in double precision, by System.Math.</summary>
    public required Func<double[], double> Reference { get; init; }

    /// <summary>Where each operand is drawn from.</summary>
    public required (double Low, double High)[] Domain { get; init; }

    /// <summary>dy/dx[k] from running the formula on dual numbers; null for tests, which have no slope.</summary>
    public Func<double[], int, double>? Slope { get; init; }

    /// <summary>d²y/dx[k]dx[j], by dual numbers of dual numbers.</summary>
    public Func<double[], int, int, double>? Curvature { get; init; }

    /// <summary>The formula as text; null where the operation is a test.</summary>
    public string? Formula { get; init; }

    /// <summary>The variant in place, or null.</summary>
    public Func<Tensor[], Tensor>? InPlace { get; init; }

    /// <summary>Whether an operand may be a plain number.</summary>
    public bool TakesNumbers { get; init; } = true;

    /// <summary>
    /// The largest error in float32, in units in the last place of the value (or of <see cref="Floor"/> if that is
    /// larger).
    /// </summary>
    public double Ulps32 { get; init; } = 3;

    /// <summary>The largest error in float64; part of it is the reference's own.</summary>
    public double Ulps64 { get; init; } = 6;

    /// <summary>
    /// The magnitude below which only the absolute error counts: what the formula's terms cancel from.
    /// </summary>
    public double Floor { get; init; }

    /// <summary>Operands at which the slope jumps; the draws keep away from them.</summary>
    public double[] Kinks { get; init; } = [];

    /// <summary>Points decided by definition.</summary>
    public SpecialValue[] Special { get; init; } = [];

    public int Arity => Domain.Length;

    public bool IsDifferentiable => Slope is not null;

    public override string ToString() => Name;

    public static OperationRow Unary<TOp>(
        TOp op, Func<Tensor, Tensor> call, Func<double, double> reference, double low, double high,
        Func<Tensor, Tensor>? inPlace = null,
        double ulps32 = 3, double ulps64 = 6, double floor = 0, double[]? kinks = null, SpecialValue[]? special = null,
        [CallerArgumentExpression(nameof(op))] string name = "") where TOp : unmanaged, IUnaryFormula => new()
        {
            Name = Plain(name),
            Call = x => call(x[0]),
            Reference = x => reference(x[0]),
            Domain = [(low, high)],
            InPlace = inPlace is null ? null : x => inPlace(x[0]),
            Slope = (x, k) => op.F(Seed(x, 0, k)).Tangent.Value,
            Curvature = (x, k, j) => op.F(Seed(x, 0, k, j)).Tangent.Tangent.Value,
            Formula = Algebra.Formula.Of(op),
            Ulps32 = ulps32,
            Ulps64 = ulps64,
            Floor = floor,
            Kinks = kinks ?? [],
            Special = special ?? [],
        };

    public static OperationRow Binary<TOp>(
        TOp op, Func<Tensor, Tensor, Tensor> call, Func<double, double, double> reference, (double Low, double High) a,
        (double Low, double High) b,
        Func<Tensor, Tensor, Tensor>? inPlace = null, double ulps32 = 3, double ulps64 = 6, double floor = 0,
        double[]? kinks = null,
        SpecialValue[]? special = null, bool takesNumbers = true,
        [CallerArgumentExpression(nameof(op))] string name = "") where TOp : unmanaged, IBinaryFormula => new()
        {
            Name = Plain(name),
            Call = x => call(x[0], x[1]),
            Reference = x => reference(x[0], x[1]),
            Domain = [a, b],
            InPlace = inPlace is null ? null : x => inPlace(x[0], x[1]),
            Slope = (x, k) => op.F(Seed(x, 0, k), Seed(x, 1, k)).Tangent.Value,
            Curvature = (x, k, j) => op.F(Seed(x, 0, k, j), Seed(x, 1, k, j)).Tangent.Tangent.Value,
            Formula = Algebra.Formula.OfBinary(op),
            Ulps32 = ulps32,
            Ulps64 = ulps64,
            Floor = floor,
            Kinks = kinks ?? [],
            Special = special ?? [],
            TakesNumbers = takesNumbers,
        };

    public static OperationRow Ternary<TOp>(
        TOp op, Func<Tensor, Tensor, Tensor, Tensor> call, Func<double, double, double, double> reference,
        (double Low, double High) a, (double Low, double High) b, (double Low, double High) c,
        Func<Tensor, Tensor, Tensor, Tensor>? inPlace = null, double ulps32 = 3, double ulps64 = 6, double floor = 0,
        SpecialValue[]? special = null,
        [CallerArgumentExpression(nameof(op))] string name = "") where TOp : unmanaged, ITernaryFormula => new()
        {
            Name = Plain(name),
            Call = x => call(x[0], x[1], x[2]),
            Reference = x => reference(x[0], x[1], x[2]),
            Domain = [a, b, c],
            InPlace = inPlace is null ? null : x => inPlace(x[0], x[1], x[2]),
            Slope = (x, k) => op.F(Seed(x, 0, k), Seed(x, 1, k), Seed(x, 2, k)).Tangent.Value,
            Curvature = (x, k, j) => op.F(Seed(x, 0, k, j), Seed(x, 1, k, j), Seed(x, 2, k, j)).Tangent.Tangent.Value,
            Formula = Algebra.Formula.OfTernary(op),
            Ulps32 = ulps32,
            Ulps64 = ulps64,
            Floor = floor,
            Special = special ?? [],
        };

    /// <summary>A test: its answer is a bool tensor, its reference 0 or 1.</summary>
    public static OperationRow Test(string name, int arity, Func<Tensor[], Tensor> call, Func<double[], bool> reference,
        SpecialValue[]? special = null) => new()
    {
        Name = name,
        Call = call,
        Reference = x => reference(x) ? 1 : 0,
        Domain = [.. Enumerable.Repeat((-2.0, 2.0), arity)],
        Special = special ?? [],
    };

    // Operand i of a formula that is differentiated with respect to operand k (and then j).
    private static Dual<Scalar> Seed(double[] x, int i, int k) => new(x[i], i == k ? 1 : 0);

    private static Dual<Dual<Scalar>> Seed(double[] x, int i, int k, int j) =>
        new(Seed(x, i, j), Dual<Scalar>.Constant(i == k ? 1 : 0));

    private static string Plain(string expression) => expression.StartsWith("default(", StringComparison.Ordinal)
        ? expression["default(".Length..^1]
        : expression.Replace("new ", "", StringComparison.Ordinal);
}
