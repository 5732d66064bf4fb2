#:project ../Autodiff.Nn
#:property PublishAot=false

// Writes six pages on which a backward pass is stepped through, into out/step-through or the folder that is named: open
// one.
using Autodiff;
using Autodiff.Nn;

string folder = args.Length > 0 ? args[0] : Path.Combine("out", "step-through");
Directory.CreateDirectory(folder);
bool passed = true;

Tensor x = Named("x", Tensor.Scalar(0.7).RequireGrad());
Write("one-number", "y = sin(x²) e^-x", () => (x * x).Sin() * (-x).Exp());

Tensor theta = Named("theta", Tensor.From(1.0, 1.0, 1.0).RequireGrad());
Tensor xs = Named("x", Tensor.From(-1.0, 0.0, 2.0)), ys = Named("y", Tensor.From(2.0, 1.0, 5.0));
Write("parabola", "A parabola through three points",
    () => (ys - (theta[0] + theta[1] * xs + theta[2] * xs.Square())).Square().Mean());

Tensor pixels = Named("pixels", Tensor.From(new[,] { { 0.0, 0.9, 0.1, 0.8 }, { 0.7, 0.1, 0.6, 0.0 } }));
Tensor w = Named(
    "w", Tensor.From(0.1, -0.2, 0.3, 0.4).RequireGrad()), b = Named("b", Tensor.Scalar(0.05).RequireGrad());
Tensor labels = Named("labels", Tensor.From(1.0, 0.0));
Write(
    "logistic", "Logistic regression on four pixels", () => Functional.BCEWithLogitsLoss(pixels.MatMul(w) + b, labels));

Tensor w1 = Named("w1", Tensor.From(new[,] { { 0.8 }, { -0.5 } }).RequireGrad());
Tensor b1 = Named("b1", Tensor.From(0.1, 0.2).RequireGrad());
Tensor w2 = Named(
    "w2", Tensor.From(new[,] { { 1.2, 0.7 } }).RequireGrad()), b2 = Named("b2", Tensor.From(-0.3).RequireGrad());
Tensor point = Named("x", Tensor.From(new[,] { { 1.5 } })), target = Named("target", Tensor.From(new[,] { { 2.0 } }));
Write("dead-neuron", "Two neurons, one of them dead",
    () => Functional.MSELoss(point.Linear(w1, b1).Relu().Linear(w2, b2), target));

Tensor left = Named("a", Tensor.From(new[,] { { 1.0, -2.0, 0.5 }, { 0.0, 3.0, -1.0 } }).RequireGrad());
Tensor right = Named("b", Tensor.From(new[,] { { 0.5, 1.0 }, { -1.0, 2.0 }, { 1.5, 0.25 } }).RequireGrad());
Tensor bias = Named("bias", Tensor.From(0.1, -0.2).RequireGrad());
Write("broadcast", "A matrix product with a bias", () => (left.MatMul(right) + bias).Tanh().Sum());

Write("used-twice", "A value used twice", () => x * x + x);
return passed ? 0 : 1;

static Tensor Named(string name, Tensor tensor)
{
    tensor.Name = name;
    return tensor;
}

void Write(string file, string title, Func<Tensor> loss)
{
    Tape tape = Tape.Record(loss);
    string path = Path.Combine(folder, $"{file}.html");
    File.WriteAllText(path, tape.ToHtml(title));
    int agreeing = tape.Differences.Count(difference => difference.Agrees);
    passed &= agreeing == tape.Differences.Count && agreeing > 0;
    Console.WriteLine(
        $"{path}: {tape.Count} nodes, {agreeing} of {tape.Differences.Count} derivatives agree with differences");
}
