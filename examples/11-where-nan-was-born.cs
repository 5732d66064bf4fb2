#:project ../Autodiff.Core
#:property PublishAot=false

// Three ways to get a gradient that is no number, the operation whose rule gave it, and the form that does not.
using Autodiff;

bool passed = Compare("x log x at 0: 0 times minus infinity", 0,
    x => (x * x.Log()).Sum(), "Mul",
    x => x.XLogY(x).Sum(), "where x is 0, x log y is 0, and so is its gradient");
passed &= Compare("the square root's slope at 0, times 0", 0,
    x => (x * 0).Sqrt().Sum(), "Sqrt",
    x => (x * 0 + 1e-12).Sqrt().Sum(), "a little more than 0 under the root");
passed &= Compare("log(1 + e^x) at 1000: infinity over infinity", 1000,
    x => (1 + x.Exp()).Log().Sum(), "Exp",
    x => x.Softplus().Sum(), "softplus never forms e^1000");
return passed ? 0 : 1;

static bool Compare(
    string what, double at, Func<Tensor, Tensor> broken, string operation, Func<Tensor, Tensor> stable, string why)
{
    Tensor x = Tensor.From(at, 0.5).RequireGrad();
    string? found = null;
    using (AnomalyMode.Enable())
    {
        try
        {
            broken(x).Backward();
        }
        catch (AnomalyException e)
        {
            found = e.Operation;
            Console.WriteLine($"{what}\n  {e.Message}");
        }
    }

    x.Grad = null;
    stable(x).Backward();
    Console.WriteLine($"  {why}: gradient {x.Grad}");
    return found == operation && x.Grad!.ToArray<double>().All(double.IsFinite);
}
