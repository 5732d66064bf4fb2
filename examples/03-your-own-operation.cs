#:project ../Autodiff.Core
#:property PublishAot=false

// An operation is a formula. Its SIMD loop and its derivatives, of any order, follow from it.
using Autodiff;
using Autodiff.Algebra;

Tensor x = Tensor.Linspace(-2, 2, 5, DType.Float64).RequireGrad();
Tensor y = x.MapByDual(new Swish(beta: 1.5));
y.Sum().Backward();
Console.WriteLine($"formula   {Formula.Of(new Swish(1.5))}");
Console.WriteLine($"value     {y}");
Console.WriteLine($"gradient  {x.Grad}");

GradientCheckResult check = Autograd.GradientCheck(v => v.MapByDual(new Swish(1.5)), x, new(Order: 2));
Console.WriteLine($"checked against finite differences, first and second order: {check.Message}");
return check.Passed ? 0 : 1;

internal readonly struct Swish(double beta) : IUnaryFormula
{
    public S F<S>(S x) where S : IReal<S> => x / (S.Const(1) + S.Exp(x * S.Const(-beta)));
}
