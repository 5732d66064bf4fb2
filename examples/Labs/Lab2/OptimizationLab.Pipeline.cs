using Autodiff.Nn;

namespace Labs.Lab2;

// Data sets, loaders, devices, and the whole pipeline.
internal sealed partial class OptimizationLab
{
    private static void LoadData(LabContext lab)
    {
        lab.Section("A data set of one's own");
        lab.Text(
            """
            80 points fit into one matrix; a million pictures don't. A *data set* knows how many samples there are
            and fetches one of them; a *data loader* shuffles them and stacks them into batches.
            """);
        lab.Source("CustomDataset");
        var dataset = new CustomDataset(s_data.Inputs, s_data.Targets);
        var loader = new DataLoader<(Tensor X, Tensor Y)>(dataset, batchSize: 10);
        var shapes = new List<string>();
        var time = LabContext.Time(() =>
        {
            foreach (var (x, y) in loader)
            {
                shapes.Add($"{x.Shape} {y.Shape}");
            }
        });
        lab.Output(
            $"{dataset.Count} samples, {loader.Count} batches of shapes {string.Join(", ", shapes.Distinct())}, in "
                + $"{time.TotalMilliseconds:F2} ms");
        lab.Text(
            """
            For samples that are rows of tensors there is no class to write: `new TensorDataset(x, y)` does the same
            and cuts whole batches at once.
            """);

        lab.Subsection("Devices");
        lab.Text(
            """
            A tensor lives on a device, and a model is moved to it with all its parameters: `x.To(device)`,
            `model.To(device)`.
            """);
        lab.Note(
            """
            The lab's document chooses the device `'gpu'` where CUDA is there. PyTorch knows no such device; it is
            called `'cuda'`, so the document's line fails on exactly the machines that it is for. Here the devices are
            `Device.Cpu` and `Device.Cuda()`, and `Device.Default` is where tensors are made when none is named.
            """);
    }

    private static void TrainInMinibatches(LabContext lab)
    {
        lab.Section("The whole pipeline");
        lab.Text(
            """
            A model on a device, an optimizer with its parameters, a loader, and two nested loops: epochs, and in
            each epoch the batches.
            """);
        lab.Source(nameof(RunPipeline));
        var (model, losses, _) = RunPipeline(lab, batchSize: 10, epochs: 100);
        lab.Check("full pipeline", "Sequential(Linear(1,100)", losses[0], losses[1], losses[9], losses[49], losses[99]);
        lab.Output(model.ToString());
        lab.Figure(Draw("The pipeline's model", s_data)
            .Line(s_line, Curve(model.Forward), "network", Palette.Vermilion));

        lab.Subsection("How large should a batch be?");
        lab.Text(
            """
            The same 100 epochs, cut into batches of another size. A small batch gives a rougher gradient, but more
            steps an epoch.
            """);
        var byEpoch = new Plot("Loss by epoch and batch size", "epoch", "mean loss of the epoch")
        {
            LogY = true,
            LogX = true,
        };
        var byStep = new Plot("Loss by step and batch size", "step", "mean loss of the epoch")
        {
            LogY = true,
            LogX = true,
        };
        var rows = new List<object?[]>();
        foreach (int batchSize in new[] { 80, 20, 10, 1 })
        {
            var (_, means, time) = RunPipeline(lab, batchSize, epochs: 100);
            int batches = 80 / batchSize;
            string name = $"{batchSize}";
            byEpoch.Line(Series.Count0(100, 1), means, name);
            byStep.Line(Series.Count0(100, 1).Map(epoch => epoch * batches), means, name);
            rows.Add([batchSize, batches, means[^1], $"{time.TotalMilliseconds:F0} ms"]);
        }

        lab.Table(["batch size", "steps an epoch", "loss of epoch 100", "time"], rows);
        lab.SideBySide(byEpoch, byStep);
        lab.Question("Why not always the smallest batch?",
            """
            By epochs the smallest batch wins, by steps it does not, and a step costs nearly as much for one point as
            for 80, because vector units and caches want company. With batches of one the loss also keeps trembling:
            each step follows one noisy point.
            """);
    }

    private static (Sequential Model, List<double> Losses, TimeSpan Time) RunPipeline(
        LabContext lab, int batchSize, int epochs)
    {
        Tensor.ManualSeed(0);
        var device = Device.Default;
        Sequential model = [new Linear(1, 100), new ReLU(), new Linear(100, 1)];
        model.To(device);
        var optimizer = new Adam(model.Parameters(), learningRate: 0.01);
        var lossFunction = new MSELoss();
        var loader = new DataLoader(new TensorDataset(s_data.Inputs, s_data.Targets), batchSize, shuffle: true);
        List<double> losses = [];
        var time = LabContext.Time(() =>
        {
            foreach (int epoch in lab.Steps($"Batches of {batchSize}", epochs))
            {
                double sum = 0;
                foreach (var (x, y) in loader)
                {
                    var loss = lossFunction.Forward(model.Forward(x.To(device)), y.To(device));
                    loss.Backward();
                    optimizer.Step();
                    optimizer.ZeroGrad();
                    sum += loss.Item();
                }

                losses.Add(sum / loader.Count);
            }
        });
        return (model, losses, time);
    }
}
