#:project ../Autodiff.Core
#:property PublishAot=false

// Newton's method on Rosenbrock's valley: the Hessian comes from differentiating the gradient.
using Autodiff;

static Tensor Rosenbrock(Tensor x) => (1 - x[0]).Square() + 100 * (x[1] - x[0].Square()).Square();

Tensor x = Tensor.From(-1.2, 1.0);
for (int step = 0; step <= 7; step++)
{
    (Tensor value, Tensor gradient) = Autograd.ValueAndGrad(Rosenbrock, x);
    Console.WriteLine($"step {step}: f = {value.Item():E3} at {x}");
    x = x - Autograd.Hessian(Rosenbrock, x).Inverse().MatMul(gradient);
}

return Math.Abs(x[0].Item() - 1) < 1e-9 ? 0 : 1;
