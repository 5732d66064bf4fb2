#:project ../Autodiff.Nn
#:property PublishAot=false

// A network of two layers learns the sine from noisy points.
using Autodiff;
using Autodiff.Nn;

Tensor.ManualSeed(0);
Tensor inputs = Tensor.Linspace(-3, 3, 128).Unsqueeze(1);
Tensor targets = inputs.Sin() + Tensor.Randn([128, 1]) * 0.05;

var model = new Sequential(new Linear(1, 32), new Tanh(), new Linear(32, 1));
var optimizer = new Adam(model.Parameters(), learningRate: 0.01);
var loss = new MSELoss();
var loader = new DataLoader(new TensorDataset(inputs, targets), batchSize: 32, shuffle: true);
Console.WriteLine(model);

double last = 0;
for (int epoch = 1; epoch <= 200; epoch++)
{
    foreach (Tensor[] batch in loader)
    {
        optimizer.ZeroGrad();
        Tensor error = loss.Forward(model.Forward(batch[0]), batch[1]);
        error.Backward();
        optimizer.Step();
        last = error.Item();
    }

    if (epoch % 50 == 0)
    {
        Console.WriteLine($"epoch {epoch,3}: loss {last:F5}");
    }
}

return last < 0.02 ? 0 : 1;
