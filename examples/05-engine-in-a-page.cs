#:project ../Autodiff.Core
#:property PublishAot=false

// A whole engine: numbers that remember what they came from, and one walk back over them. It finds what the library
// finds.
using Autodiff;

Value x = new(0.7);
Value y = (x * x).Sin() * (-x).Exp();             // y = sin(x²) e^-x
y.Backward();
Console.WriteLine($"engine   y = {y.Data:F9}  dy/dx = {x.Grad:F9}");

Tensor t = Tensor.Scalar(0.7).RequireGrad();
Tensor u = (t * t).Sin() * (-t).Exp();
u.Backward();
Console.WriteLine($"library  y = {u.Item():F9}  dy/dx = {t.Grad!.Item():F9}");
return Math.Abs(x.Grad - t.Grad.Item()) < 1e-15 && Math.Abs(y.Data - u.Item()) < 1e-15 ? 0 : 1;

/// <summary>A number, the numbers it was computed from, and its slope along each of them.</summary>
internal sealed class Value(double data, params (Value Parent, double Slope)[] parents)
{
    private readonly (Value Parent, double Slope)[] _parents = parents;

    public double Data => data;

    public double Grad { get; private set; }

    public static Value operator +(Value a, Value b) => new(a.Data + b.Data, (a, 1), (b, 1));

    public static Value operator *(Value a, Value b) => new(a.Data * b.Data, (a, b.Data), (b, a.Data));

    public static Value operator -(Value a) => new(-a.Data, (a, -1));

    public Value Sin() => new(Math.Sin(Data), (this, Math.Cos(Data)));

    public Value Exp() => new(Math.Exp(Data), (this, Math.Exp(Data)));

    /// <summary>Latest first, each number sends its parents its gradient times the slope. What arrives is
    /// added.</summary>
    public void Backward()
    {
        List<Value> order = [];
        Visit(this, order, []);
        Grad = 1;
        foreach (Value value in Enumerable.Reverse(order))
        {
            foreach ((Value parent, double slope) in value._parents) parent.Grad += value.Grad * slope;
        }
    }

    private static void Visit(Value value, List<Value> order, HashSet<Value> seen)
    {
        if (!seen.Add(value)) return;
        foreach ((Value parent, _) in value._parents) Visit(parent, order, seen);
        order.Add(value);
    }
}
