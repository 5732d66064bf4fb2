#:project ../Autodiff.Core
#:property PublishAot=false

// One formula, read as text, as a number, as a dual number, and as a loop over a tensor with its rule.
using Autodiff;
using Autodiff.Algebra;

Bump bump = new();
Console.WriteLine($"text     y = {Formula.Of(bump)}");

const double at = 0.7;
double number = bump.F(new Scalar(at)).Value;
Console.WriteLine($"number   f({at}) = {number:F9}");

Dual<Scalar> dual = bump.F(Dual<Scalar>.Variable(at));
Console.WriteLine($"dual     f({at}) = {dual.Value.Value:F9}, f'({at}) = {dual.Tangent.Value:F9}");

Dual<Dual<Scalar>> twice = bump.F(Dual<Dual<Scalar>>.Variable(Dual<Scalar>.Variable(at)));
Console.WriteLine($"dual of dual       f''({at}) = {twice.Tangent.Tangent.Value:F9}");

Tensor x = Tensor.Full([1000], at, DType.Float64).RequireGrad(), y = x.MapByDual(bump);
y.Sum().Backward();
Console.WriteLine($"tensor   f({at}) = {y[0].Item():F9}, f'({at}) = {x.Grad![0].Item():F9}, a thousand at once");
Console.WriteLine($"its rule {y.GradFn!.Rule}");

// The same formula in symbols: a carrier of one's own is an IReal, and Formula is one. So is what writes the kernel of
// a GPU.
double slope = Math.Exp(-at * at) * (1 - 2 * at * at);
return Math.Abs(dual.Tangent.Value - slope) < 1e-12 && Math.Abs(x.Grad[999].Item() - slope) < 1e-12
    && Math.Abs(y[0].Item() - number) < 1e-15 ? 0 : 1;

/// <summary>y = x e^(-x²).</summary>
internal readonly struct Bump : IUnaryFormula
{
    public S F<S>(S x) where S : IReal<S> => x * S.Exp(-(x * x));
}
