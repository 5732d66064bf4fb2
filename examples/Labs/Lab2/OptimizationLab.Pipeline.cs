using Autodiff.Nn;

namespace Labs.Lab2;

// Data sets, loaders, devices, and the whole pipeline.
internal sealed partial class OptimizationLab
{
    private static void LoadData(LabContext lab)
    {
        var dataset = new CustomDataset(s_data.Inputs, s_data.Targets);
        var loader = new DataLoader<(Tensor X, Tensor Y)>(dataset, batchSize: 10);
        string[] shapes = [];
        var time = LabContext.Time(() => shapes = [.. loader.Select(batch => $"{batch.X.Shape} {batch.Y.Shape}")]);
        lab.Output("batches",
            $"{dataset.Count} samples, {loader.Count} batches of shapes {string.Join(", ", shapes.Distinct())}, in "
                + $"{time.TotalMilliseconds:F2} ms");
    }

    private static void TrainInMinibatches(LabContext lab)
    {
        var (model, losses, _) = RunPipeline(lab, batchSize: 10, epochs: 100);
        lab.Check("full pipeline", "Sequential(Linear(1,100)", losses[0], losses[1], losses[9], losses[49], losses[99]);
        lab.Output("pipeline", model.ToString());
        lab.Figure("pipeline", Draw("The pipeline's model", s_data)
            .Line(s_line, Curve(model.Forward), "network", Palette.Vermilion));

        var byEpoch = Plot.LogLog("Loss by epoch and batch size", "epoch", "mean loss of the epoch");
        var byStep = Plot.LogLog("Loss by step and batch size", "step", "mean loss of the epoch");
        var rows = new List<object?[]>();
        var microseconds = new Dictionary<int, double>();
        foreach (int batchSize in new[] { 80, 20, 10, 1 })
        {
            var (_, means, time) = RunPipeline(lab, batchSize, epochs: 100);
            int batches = 80 / batchSize;
            string name = $"{batchSize}";
            byEpoch.Line(Series.Count0(100, 1), means, name);
            byStep.Line(Series.Count0(100, 1).Map(epoch => epoch * batches), means, name);
            rows.Add([batchSize, batches, means[^1], $"{time.TotalMilliseconds:F0} ms"]);
            microseconds[batchSize] = time.TotalMicroseconds / (batches * 100);
        }

        lab.Value("step-of-1", $"{microseconds[1]:F0}");
        lab.Value("step-of-80", $"{microseconds[80]:F0}");
        lab.Table("batch-sizes", ["batch size", "steps an epoch", "loss of epoch 100", "time"], rows);
        lab.Figure("batches-by-epoch", byEpoch);
        lab.Figure("batches-by-step", byStep);
    }

    private static (Sequential Model, List<double> Losses, TimeSpan Time) RunPipeline(
        LabContext lab, int batchSize, int epochs)
    {
        Tensor.ManualSeed(0);
        var device = Device.Default;
        var model = Network(hidden: 100);
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
