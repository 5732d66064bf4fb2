#:project ../Autodiff.Nn
#:property PublishAot=false

// A layer with an operation and a rule of its own; a wrong rule, and who finds it.
using Autodiff;
using Autodiff.Nn;

Tensor.ManualSeed(0);
Tensor x = Tensor.Randn([5, 3], DType.Float64), a = Tensor.From(0.5, 1.0, 2.0).RequireGrad();
GradientCheckResult right = Autograd.GradientCheck(
    inputs => ScaledTanh.Apply(inputs[0], inputs[1]), [x.RequireGrad(), a]);
Console.WriteLine($"the rule:            {right.Message}");
GradientCheckResult wrong = Autograd.GradientCheck(inputs => Forgetful(inputs[0], inputs[1]), [x, a]);
Console.WriteLine($"without the square:  {wrong.Message}");

var model = new Sequential(new Linear(2, 8), new ScaledTanh(8), new Linear(8, 1));
var optimizer = new Adam(model.Parameters(), learningRate: 0.02);
Tensor points = Tensor.Rand([64, 2]) * 2 - 1, targets = points[.., ..1] * points[.., 1..];
double first = 0, last = 0;
for (int step = 0; step < 300; step++)
{
    optimizer.ZeroGrad();
    Tensor loss = Functional.MSELoss(model.Forward(points), targets);
    loss.Backward();
    optimizer.Step();
    last = loss.Item();
    first = step == 0 ? last : first;
}

Console.WriteLine($"{model}\nloss {first:F4}, after 300 steps {last:F4}");
return right.Passed && !wrong.Passed && last < first / 5 ? 0 : 1;

// 1 - tanh instead of 1 - tanh².
static Tensor Forgetful(Tensor x, Tensor a) => Autograd.Function("Forgetful", [x, a],
    inputs => inputs[1] * inputs[0].Tanh(),
    (g, inputs, y) => [g * inputs[1] * (1 - inputs[0].Tanh()), g * inputs[0].Tanh()]);

/// <summary>y = a tanh(x), with a learned factor a for each entry of the last dimension.</summary>
internal sealed class ScaledTanh : Module
{
    private readonly Tensor _scale;

    public ScaledTanh(int features) => _scale = RegisterParameter("scale", Tensor.Ones([features]));

    public override Tensor Forward(Tensor x) => Apply(x, _scale);

    /// <summary>The engine sums the factor's gradient back over what it was repeated over.</summary>
    public static Tensor Apply(Tensor x, Tensor a) => Autograd.Function("ScaledTanh", [x, a],
        inputs => inputs[1] * inputs[0].Tanh(),
        (g, inputs, y) => [g * inputs[1] * (1 - inputs[0].Tanh().Square()), g * inputs[0].Tanh()],
        rule: "ā = g * b * (1 - tanh(a)^2), b̄ = g * tanh(a)");
}
