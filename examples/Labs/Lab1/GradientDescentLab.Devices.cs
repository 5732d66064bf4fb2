using System.Diagnostics;
using Autodiff.Nn;

namespace Labs.Lab1;

// Part 3: what a large network costs, and what a learning rate that is too large does to it.
internal sealed partial class GradientDescentLab
{
    private const int BenchmarkEpochs = 500;

    private static void TimeLargeNetwork(LabContext lab)
    {
        lab.Output("devices", $"""
            CPU   {Environment.ProcessorCount} cores
            CUDA  {Cuda.UnavailableReason ?? string.Join(Environment.NewLine + "      ", Cuda.Devices)}
            """);
        var data = LinearData.Generate(samples: 5000, features: 20, noise: 0.5, seed: 42);
        Tensor.ManualSeed(0);
        var model = BuildLargeNetwork(features: 20, hidden: 256, layers: 4);
        lab.Output("large-network", model.ToString());
        lab.Check("CPU against GPU", "parameter count of 20-256x4-1", model.ParameterCount);

        var diverging = TrainUntilNotFinite(lab, model, data);
        lab.Check("CPU against GPU", "loss at epochs 1,2,3", [.. diverging.Take(3)]);
        lab.Check("CPU against GPU", "the lab trains 500 epochs", diverging.Count);
        lab.Figure("diverging-loss", new Plot("Learning rate 0.01", "epoch", "mean squared error") { LogY = true }
                .Path(Series.Count0(diverging.Count, 1), diverging.ToArray(), "loss"));
        lab.Value("last-epoch", $"{diverging.Count}");
        lab.Value("last-loss", $"{diverging[^1]}");
        lab.Value("epochs-left", $"{BenchmarkEpochs - diverging.Count}");
        lab.Value("epochs", $"{BenchmarkEpochs}");
        lab.Output("anomaly", FindAnomaly(data));

        TrainToSettle(lab, data);
    }

    private static void TrainToSettle(LabContext lab, LinearData data)
    {
        List<Training> trainings = [.. s_devices.Select(device => Settle(lab, data, device, compiled: false))];
        if (Cuda.IsAvailable)
        {
            trainings.Add(Settle(lab, data, Device.Cuda(), compiled: true));
        }

        lab.Check("CPU against GPU", "the same with lr 0.0005", At(trainings[^1].Losses, 1, 2, 10, 30, 60));
        double processor = trainings[0].Milliseconds;
        lab.Table("devices",
            ["device", "step", "500 epochs", "an epoch", "GFLOP/s", "times as fast as the CPU", "final loss"],
            trainings.Select(each => new object?[]
            {
                each.Device, each.Step, $"{each.Milliseconds * BenchmarkEpochs / 1000:F2} s",
                $"{each.Milliseconds:F2} ms", $"{each.Operations / each.Milliseconds / 1e6:F0}",
                $"{processor / each.Milliseconds:F1}", $"{each.Losses[^1]:F6}",
            }));
        if (Cuda.UnavailableReason is { } reason)
        {
            lab.Without("figure", "cpu-against-gpu", $"There is no GPU to compare with: {reason}.");
        }
        else
        {
            lab.Figure("cpu-against-gpu", new Plot("CPU against GPU", "device and step", "ms for an epoch").Bars(
                [.. trainings.Select(each => $"{each.Device}, {each.Step}")],
                trainings.Select(each => each.Milliseconds).ToArray()));
        }

        var losses = new Plot("Learning rate 0.0005", "epoch", "mean squared error") { LogX = true, LogY = true };
        foreach (var each in trainings)
        {
            losses.Line(Series.Count0(each.Losses.Count, 1), each.Losses, $"{each.Device}, {each.Step}");
        }

        lab.Figure("settling-losses", losses);
    }

    private static Training Settle(LabContext lab, LinearData data, Device device, bool compiled)
    {
        var (model, here) = Prepare(data, hidden: 256, layers: 4, device);
        string step = compiled ? "compiled" : "eager";
        List<double> losses = [];
        using var bar = lab.Progress($"Training at learning rate 0.0005 on {device}, {step}", BenchmarkEpochs);
        double milliseconds = 0;

        // Every epoch's loss is read, which waits for the device: the clock misses nothing.
        var times = EpochTimes(Epochs(model, here, learningRate: 0.0005, compiled), device).Take(BenchmarkEpochs);
        foreach (var (loss, time) in times)
        {
            losses.Add(loss);
            milliseconds += time / BenchmarkEpochs;
            bar.Advance();
        }

        return new(device, step, milliseconds, Operations(model, samples: 5000), losses);
    }

    /// <summary>One way of training the large network, and what came of it; time and operations of an epoch.</summary>
    private sealed record Training(
        Device Device, string Step, double Milliseconds, double Operations, List<double> Losses);

    /// <summary>Each epoch's loss and its milliseconds, without those that warm a GPU up.</summary>
    private static IEnumerable<(double Loss, double Milliseconds)> EpochTimes(IEnumerable<double> epochs, Device device)
    {
        int warmUp = device == Device.Cpu ? 0 : 10;
        long start = Stopwatch.GetTimestamp();
        foreach (var (epoch, loss) in epochs.Index())
        {
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (epoch >= warmUp)
            {
                yield return (loss, time);
            }

            start = Stopwatch.GetTimestamp();
        }
    }

    private static void ScaleUp(LabContext lab)
    {
        (int Samples, int Features, int Hidden, int Layers)[] settings =
        [
            (5000, 20, 256, 4), (10000, 20, 256, 4), (20000, 20, 256, 4), (5000, 50, 256, 4), (5000, 100, 256, 4),
            (5000, 20, 512, 4), (5000, 20, 1024, 4), (5000, 20, 256, 6), (5000, 20, 256, 8), (10000, 50, 512, 6),
        ];
        var rows = new List<object?[]>();
        double[][] times = [.. s_devices.Select(_ => new double[settings.Length])];
        using var progress = lab.Progress("Scaling up", settings.Length * s_devices.Length);
        foreach (var (i, (samples, features, hidden, layers)) in settings.Index())
        {
            var data = LinearData.Generate(samples, features, noise: 0.5, seed: 42);
            double work = 0;
            foreach (var (d, device) in s_devices.Index())
            {
                // The first epoch allocates; the fastest of the others is what the machine can do.
                var (model, here) = Prepare(data, hidden, layers, device);
                times[d][i] = EpochTimes(Epochs(model, here, learningRate: 0.0001), device).Skip(1).Take(2)
                    .Min(epoch => epoch.Milliseconds);
                work = Operations(model, samples);
                progress.Advance();
            }

            double cpu = times[0][i];
            rows.Add([samples, features, hidden, layers, $"{work / samples / 6:N0}",
                .. times.SelectMany(device => new object?[] { $"{device[i]:G3} ms", $"{work / device[i] / 1e6:F0}" }),
                $"{cpu * BenchmarkEpochs / 1000:F0} s", Cuda.IsAvailable ? $"{cpu / times[^1][i]:F1}" : "no GPU"]);
        }

        lab.Table("scale-up",
            ["samples", "features", "hidden", "layers", "parameters",
                .. s_devices.SelectMany(device => new[] { $"an epoch on {device}", $"GFLOP/s on {device}" }),
                "500 epochs would take (CPU)", "times as fast on the GPU"],
            rows);
        lab.Figure("epoch-times",
            new Plot("Milliseconds for an epoch", "samples × features, width × layers", "ms").Bars(
            [.. settings.Select(s => $"{s.Samples} × {s.Features}, {s.Hidden} × {s.Layers}")], times[0]));
        lab.Value("twice-the-samples", $"{times[0][1] / times[0][0]:F1}");
        lab.Value("twice-the-width", $"{times[0][5] / times[0][0]:F1}");
    }

    /// <summary>The processor, and a GPU where there is one, whatever device the labs run on.</summary>
    private static readonly Device[] s_devices = Cuda.IsAvailable ? [Device.Cpu, Device.Cuda()] : [Device.Cpu];

    /// <summary>A large network and its data on a device; the same start on each.</summary>
    private static (Sequential Model, LinearData Data) Prepare(LinearData data, int hidden, int layers, Device device)
    {
        Tensor.ManualSeed(0);
        var model = BuildLargeNetwork(data.X.Size(1), hidden, layers);
        model.To(device);
        return (model, data with { X = data.X.To(device), Y = data.Y.To(device) });
    }

    private static Sequential BuildLargeNetwork(int features, int hidden, int layers)
    {
        Sequential model = [];
        for (int i = 0; i < layers; i++)
        {
            model.Add(new Linear(i == 0 ? features : hidden, hidden));
            model.Add(new ReLU());
        }

        model.Add(new Linear(hidden, 1));
        return model;
    }

    /// <summary>Trains for as long as somebody asks for the next epoch's loss.</summary>
    private static IEnumerable<double> Epochs(Module model, LinearData data, double learningRate, bool compiled = false)
    {
        var lossFunction = new MSELoss();
        var optimizer = new SGD(model.Parameters(), learningRate);
        using var step = new CompiledStep((x, y) => TrainOneEpoch(model, x, y, lossFunction, optimizer));
        while (true)
        {
            var loss = compiled
                ? step.Run(data.X, data.Y)
                : TrainOneEpoch(model, data.X, data.Y, lossFunction, optimizer);
            yield return loss.Item();
        }
    }

    private static Tensor TrainOneEpoch(Module model, Tensor x, Tensor y, MSELoss lossFunction, Optimizer optimizer)
    {
        var loss = lossFunction.Forward(model.Forward(x), y);
        optimizer.ZeroGrad();
        loss.Backward();
        optimizer.Step();
        return loss;
    }

    /// <summary>The losses up to and with the first that is not finite, or all of the lab's epochs.</summary>
    private static List<double> TrainUntilNotFinite(LabContext lab, Module model, LinearData data)
    {
        using var bar = lab.Progress("Training at learning rate 0.01", BenchmarkEpochs);
        List<double> losses = [];
        foreach (double loss in Epochs(model, data, learningRate: 0.01).Take(BenchmarkEpochs))
        {
            losses.Add(loss);
            bar.Advance();
            if (!double.IsFinite(loss))
            {
                break;
            }
        }

        return losses;
    }

    private static string FindAnomaly(LinearData data)
    {
        Tensor.ManualSeed(0);
        var model = BuildLargeNetwork(features: 20, hidden: 256, layers: 4);
        int epoch = 1;
        try
        {
            using (AnomalyMode.Enable())
            {
                foreach (double loss in Epochs(model, data, learningRate: 0.01).Take(BenchmarkEpochs))
                {
                    epoch++;
                }
            }

            return "no anomaly";
        }
        catch (AnomalyException e)
        {
            string line = Path.GetFileName(e.CallSite!);
            return $"epoch {epoch}: a gradient of {e.Operation} is NaN or infinite; called in {line}";
        }
    }

    /// <summary>Multiplications and additions of an epoch: 2 a weight and sample forward, 4 backward.</summary>
    private static double Operations(Module model, int samples) => 6.0 * model.ParameterCount * samples;
}
