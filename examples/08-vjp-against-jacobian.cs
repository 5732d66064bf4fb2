#:project ../Autodiff.Core
#:property PublishAot=false

// The Jacobian row by row (VJPs), column by column (JVPs) and by finite differences; and why losses are differentiated
// in reverse.
using System.Diagnostics;
using Autodiff;

static Tensor F(Tensor x) => Tensor.Stack([x[0] * x[1], x[1].Sin() * x[2], x.Square().Sum(), x[0] / x[2]]); // R³ to R⁴

Tensor x = Tensor.From(1.5, -0.5, 2.0);
Tensor byRows = Tensor.Stack(
    [.. Enumerable.Range(0, 4).Select(i => Autograd.Vjp(F, x, Tensor.Eye(4, type: DType.Float64)[i]).Product)]);
Tensor byColumns = Tensor.Stack(
    [.. Enumerable.Range(0, 3).Select(j => Autograd.Jvp(F, x, Tensor.Eye(3, type: DType.Float64)[j]).Product)]).T;
const double h = 1e-6;
Tensor byDifferences = Tensor.Stack([.. Enumerable.Range(0, 3).Select(j =>
{
    Tensor step = Tensor.Eye(3, type: DType.Float64)[j] * h;
    return (F(x + step) - F(x - step)) / (2 * h);
})]).T;
Console.WriteLine(
    $"four VJPs, one a row\n{byRows}\nthree JVPs, one a column\n{byColumns}\nsix evaluations\n{byDifferences}");

// A loss has one row and as many columns as there are parameters.
foreach (int n in new[] { 10, 100, 1000 })
{
    Tensor p = Tensor.Linspace(-1, 1, n, DType.Float64);
    static Tensor Loss(Tensor p) => (p.Sin() * p).Sum();
    Tensor Slope(int j) => Autograd.Jvp(Loss, p, Tensor.Eye(n, type: DType.Float64)[j]).Product;
    long start = Stopwatch.GetTimestamp();
    Tensor gradient = Autograd.Vjp(Loss, p, Tensor.Scalar(1.0)).Product;
    double reverse = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    start = Stopwatch.GetTimestamp();
    Tensor slopes = Tensor.Stack([.. Enumerable.Range(0, n).Select(Slope)]);
    double forward = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    Console.WriteLine(
        $"n = {n,4}: one VJP {reverse:F2} ms, {n} JVPs {forward:F2} ms, the same: {slopes.AllClose(gradient)}");
}

return byRows.AllClose(byColumns) && byRows.AllClose(byDifferences, 1e-6, 1e-8)
    && byRows.AllClose(Autograd.Jacobian(F, x)) ? 0 : 1;
