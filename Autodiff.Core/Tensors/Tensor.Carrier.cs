using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

/// <summary>
/// The tape as a carrier: a rule that runs on tensors is recorded, so gradients of gradients need no rules of their
/// own.
/// </summary>
public sealed partial class Tensor : IReal<Tensor>
{
    // A rule runs on one thread from its beginning to its end, and no other within it.
    [ThreadStatic] private static bool t_isSingle;

    static bool IReal<Tensor>.IsDouble => !t_isSingle;

    /// <summary>What an operation's rule makes of tensors, whose bounds are those of a type.</summary>
    internal static Tensor RunRule<TOp, X, K>(TOp op, Tensor g, in X x, DType type)
        where TOp : unmanaged, IOperation where X : struct, IOperands<Tensor> where K : unmanaged, IPosition
    {
        t_isSingle = type == DType.Float32;
        try
        {
            return op.Vjp<Tensor, X, K>(g, x);
        }
        finally
        {
            t_isSingle = false;
        }
    }

    static Tensor IReal<Tensor>.Const(double value) => Number(value);

    static Tensor IReal<Tensor>.Const(Constant value) => Number(value.Double);

    static Tensor IReal<Tensor>.FusedMultiplyAdd(Tensor a, Tensor b, Tensor c) =>
        Map(default(MultiplyAdd), Own(a), Own(b), c);

    static Tensor IReal<Tensor>.Abs(Tensor x) => x.Map(default(Abs));

    static Tensor IReal<Tensor>.Sqrt(Tensor x) => x.Map(default(Sqrt));

    static Tensor IReal<Tensor>.Floor(Tensor x) => x.Map(default(Floor));

    static Tensor IReal<Tensor>.Round(Tensor x) => x.Map(default(Round));

    // Nothing is less than itself: how a rule spells zeros in the shape of its gradient.
    static Tensor IReal<Tensor>.SelectLess(Tensor a, Tensor b, Tensor then, Tensor otherwise) =>
        ReferenceEquals(a, b) && otherwise.IsNumber && !otherwise.RequiresGrad
            ? Filled(a.Shape, otherwise.NumberConstant, a.DType, a.Device)
            : Select(Test(default(Less), Own(a), Own(b)), TypePromotion.Result(a, b, then, otherwise), then, otherwise);

    static Tensor IReal<Tensor>.SelectLessEqual(Tensor a, Tensor b, Tensor then, Tensor otherwise) =>
        Select(Test(default(LessEqual), Own(a), Own(b)), TypePromotion.Result(a, b, then, otherwise), then, otherwise);

    static Tensor IReal<Tensor>.SelectEqual(Tensor a, Tensor b, Tensor then, Tensor otherwise) =>
        Select(Test(default(Equal), Own(a), Own(b)), TypePromotion.Result(a, b, then, otherwise), then, otherwise);

    // These three scale numbers by powers of two; the default polynomials, which need their bits, a tensor never runs.
    static Tensor IReal<Tensor>.ScaleB(Tensor x, Tensor n)
    {
        Tensor half = (n / 2).Map(default(Floor)); // in two factors, so that neither leaves the range
        return x * Map(default(Pow), Number(2), half) * Map(default(Pow), Number(2), n - half);
    }

    static Tensor IReal<Tensor>.Exponent(Tensor x) => (x.Map(default(Log)) / Math.Log(2)).Map(default(Floor));

    static Tensor IReal<Tensor>.Mantissa(Tensor x) =>
        x / Map(default(Pow), Number(2), (x.Map(default(Log)) / Math.Log(2)).Map(default(Floor)));

    static Tensor IReal<Tensor>.Exp(Tensor x) => x.Map(default(Exp));

    static Tensor IReal<Tensor>.Expm1(Tensor x) => x.Map(default(Expm1));

    static Tensor IReal<Tensor>.Log(Tensor x) => x.Map(default(Log));

    static Tensor IReal<Tensor>.Log1p(Tensor x) => x.Map(default(Log1p));

    static Tensor IReal<Tensor>.Log2(Tensor x) => x.Map(default(Log2));

    static Tensor IReal<Tensor>.Log10(Tensor x) => x.Map(default(Log10));

    static Tensor IReal<Tensor>.Sin(Tensor x) => x.Map(default(Sin));

    static Tensor IReal<Tensor>.Cos(Tensor x) => x.Map(default(Cos));

    static Tensor IReal<Tensor>.Tan(Tensor x) => x.Map(default(Tan));

    static Tensor IReal<Tensor>.Atan(Tensor x) => x.Map(default(Atan));

    static Tensor IReal<Tensor>.Erf(Tensor x) => x.Map(default(Erf));

    static Tensor IReal<Tensor>.Erfc(Tensor x) => x.Map(default(Erfc));

    // Each a node of its own: the bodies have selections, which send 0 times an infinite slope far out.
    static Tensor IReal<Tensor>.Tanh(Tensor x) => x.Map(default(Tanh));

    static Tensor IReal<Tensor>.Sinh(Tensor x) => x.Map(default(Sinh));

    static Tensor IReal<Tensor>.Cosh(Tensor x) => x.Map(default(Cosh));

    static Tensor IReal<Tensor>.CopySign(Tensor x, Tensor sign) => Map(default(CopySign), x, sign);

    static Tensor IReal<Tensor>.Pow(Tensor x, Tensor p) => Map(default(Pow), x, p);

    // A selection would send 0 times an infinite slope through the branch that is not taken; the rare formula holds
    // everywhere.
    static Tensor IReal<Tensor>.BranchLessEqual<TRare>(Tensor a, Tensor b, Tensor usual, TRare rare, Tensor x) =>
        rare.F(x);

    static Tensor IReal<Tensor>.BranchLessEqual<TRare>(Tensor a, Tensor b, Tensor usual, TRare rare, Tensor x,
        Tensor y) => rare.F(x, y);

    static Tensor IReal<Tensor>.And(Tensor a, Tensor b) => a.BitwiseAnd(b);

    // A selection between two plain numbers must have the type of what was compared.
    private static Tensor Select(Tensor condition, DType type, Tensor then, Tensor otherwise) =>
        Map(default(Where), Own(condition), Own(then), otherwise, type);

    // An operand that needs memory is a copy of a plain number: for the rest of its rule the number stays a constant,
    // which a compiled step need not read.
    private static Tensor Own(Tensor x) => !x.IsConstant ? x
        : x.DType == DType.Float64 ? new(BitConverter.Int64BitsToDouble(x._number), x.DType) : new(x._number, x.DType);
}
