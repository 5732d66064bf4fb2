#:project ../Autodiff.Nn
#:project Figures
#:property PublishAot=false

// A training run as a figure, in plain ScottPlot. The font travels with the examples: a machine may have none.
using Autodiff;
using Autodiff.Nn;
using Figures.Stills;

Tensor.ManualSeed(0);
Tensor inputs = Tensor.Linspace(-3, 3, 128).Unsqueeze(1), targets = inputs.Sin();
Tensor fresh = Tensor.Linspace(-2.9, 2.9, 50).Unsqueeze(1), truth = fresh.Sin();
var model = new Sequential(new Linear(1, 32), new Tanh(), new Linear(32, 1));
var optimizer = new Adam(model.Parameters(), learningRate: 0.01);
var loss = new MSELoss();
List<double> training = [], test = [];
for (int epoch = 0; epoch < 300; epoch++)
{
    optimizer.ZeroGrad();
    Tensor error = loss.Forward(model.Forward(inputs), targets);
    error.Backward();
    optimizer.Step();
    training.Add(error.Item());
    test.Add(loss.Forward(model.Forward(fresh), truth).Item());
}

FigureFont.Use();
ScottPlot.Plot plot = new();
plot.Add.Signal(training.Select(Math.Log10).ToArray()).LegendText = "training";
plot.Add.Signal(test.Select(Math.Log10).ToArray()).LegendText = "fresh points";
plot.YLabel("log₁₀ of the mean squared error");
plot.Title("A network learns the sine");
plot.XLabel("epoch");
plot.ShowLegend(ScottPlot.Alignment.UpperRight);
string file = plot.SavePng(Path.Combine(Directory.CreateDirectory("out").FullName, "training-run.png"), 800, 500).Path;

Console.WriteLine($"loss {training[^1]:F5}, on fresh points {test[^1]:F5}: {file}");
return training[^1] < 0.01 && new FileInfo(file).Length > 10_000 ? 0 : 1;
