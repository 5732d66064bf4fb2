#:project ../Autodiff.Gpu
#:property PublishAot=false

// One formula, read as text, as a number, as a dual number, as a loop over a tensor with its rule, and as a kernel in
// two languages.
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

// ILGPU reads the same method for a GPU, and needs none for it. A thread takes four numbers and does this to each.
string[] ptx = [.. Cuda.Ptx(bump).Split('\n').Select(line => line.Trim())];
string[] arithmetic = [.. ptx.Where(line => line.Contains(".rn.f32"))];
Console.WriteLine($"PTX      {ptx.Length} lines, of which {arithmetic.Length} round; the first of them");
Console.WriteLine(string.Join('\n', arithmetic.Take(8).Select(line => $"         {line}")));

// The same method for any other GPU: a product is a multiply-add with -0, which no compiler can contract further.
string openCl = AcceleratorDevices.OpenClSource(bump);
string[] products = [.. openCl.Split('\n').Select(line => line.Trim()).Where(line => line.Contains("fma("))];
Console.WriteLine($"OpenCL   {openCl.Split('\n').Length} lines, of which {products.Length} multiply; the first are");
Console.WriteLine(string.Join('\n', products.Take(4).Select(line => $"         {line}")));

double slope = Math.Exp(-at * at) * (1 - 2 * at * at);
return Math.Abs(dual.Tangent.Value - slope) < 1e-12 && Math.Abs(x.Grad[999].Item() - slope) < 1e-12
    && Math.Abs(y[0].Item() - number) < 1e-15 && arithmetic.Any(line => line.StartsWith("fma.rn.f32"))
    && products.Length > 0 ? 0 : 1;

/// <summary>y = x e^(-x²).</summary>
internal readonly struct Bump : IUnaryFormula
{
    public S F<S>(S x) where S : IReal<S> => x * S.Exp(-(x * x));
}
