using System.Diagnostics;
using Autodiff.Nn;

namespace Labs.Lab1;

// Part 3: what a large network costs, and what a learning rate that is too large does to it.
internal sealed partial class GradientDescentLab
{
    private const int BenchmarkEpochs = 500;

    private static void TimeLargeNetwork(LabContext lab)
    {
        lab.Section("CPU against GPU");
        lab.Text(
            """
            The lab's last part trains a network of four hidden layers of 256 neurons on 5000 samples with 20
            features, once on the processor and once on a graphics card, and compares the times.
            """);
        if (Device.Default == Device.Cpu)
        {
            lab.Note(
                """
                Everything below runs on the CPU, with vector instructions on every core. `--device cuda` runs all labs
                on an NVIDIA GPU, and then this part trains on both and compares them.
                """);
        }

        lab.Output(
            $"""
            CPU   {Environment.ProcessorCount} cores
            CUDA  {Cuda.UnavailableReason ?? string.Join(Environment.NewLine + "      ", Cuda.Devices)}
            """);
        lab.Source(nameof(BuildLargeNetwork));
        lab.Source(nameof(Epochs));
        lab.Source(nameof(TrainOneEpoch));
        var data = LinearData.Generate(samples: 5000, features: 20, noise: 0.5, seed: 42);
        Tensor.ManualSeed(0);
        var model = BuildLargeNetwork(features: 20, hidden: 256, layers: 4);
        lab.Output(model.ToString());
        lab.Check("CPU against GPU", "parameter count of 20-256x4-1", model.ParameterCount);

        lab.Subsection("The lab's learning rate");
        var diverging = TrainUntilNotFinite(lab, model, data);
        lab.Check("CPU against GPU", "loss at epochs 1,2,3", [.. diverging.Take(3)]);
        lab.Check("CPU against GPU", "the lab trains 500 epochs", diverging.Count);
        lab.Figure(
            new Plot("Learning rate 0.01", "epoch", "mean squared error") { LogY = true }
                .Path(Series.Count0(diverging.Count, 1), diverging.ToArray(), "loss"),
            $"""
            The loss of epoch {diverging.Count} is {diverging[^1]}, which no axis can show. The other
            {BenchmarkEpochs - diverging.Count} of the lab's {BenchmarkEpochs} epochs would only move NaN about.
            """);
        lab.Text(
            """
            The document times 500 epochs at learning rate 0.01, and its final loss is NaN, which is easily missed if
            only the time is read. Where did it begin? `AnomalyMode` looks at every gradient of a backward pass and
            stops at the first operation that makes one infinite or NaN:
            """);
        lab.Source(nameof(FindAnomaly));
        lab.Output(FindAnomaly(data));
        lab.Text(
            """
            So no operation is at fault. For some twenty epochs the loss wanders in the hundreds; then one step
            overshoots a steep wall, the next gradient is far larger and so is the next step, and a few epochs later
            32-bit numbers overflow. Exactly when depends on the last digits: each machine adds up in its own order.
            """);

        lab.Subsection("A learning rate that settles");
        TrainToSettle(lab, data);
    }

    private static void TrainToSettle(LabContext lab, LinearData data)
    {
        List<Training> trainings = [Settle(lab, data, Device.Cpu, compiled: false)];
        if (Device.Default != Device.Cpu)
        {
            trainings.Add(Settle(lab, data, Device.Default, compiled: false));
            trainings.Add(Settle(lab, data, Device.Default, compiled: true));
        }

        lab.Check("CPU against GPU", "the same with lr 0.0005", At(trainings[^1].Losses, 1, 2, 10, 30, 60));
        double processor = trainings[0].Time.TotalSeconds;
        lab.Table(
            ["device", "step", "500 epochs", "an epoch", "GFLOP/s", "times as fast as the CPU", "final loss"],
            trainings.Select(each => new object?[]
            {
                each.Device, each.Step, $"{each.Time.TotalSeconds:F2} s",
                $"{each.Time.TotalMilliseconds / BenchmarkEpochs:F2} ms",
                $"{each.Operations / each.Time.TotalSeconds / 1e9:F0}", $"{processor / each.Time.TotalSeconds:F1}",
                $"{each.Losses[^1]:F6}",
            }));

        if (trainings.Count > 1)
        {
            lab.Figure(new Plot("CPU against GPU", "device and step", "ms for an epoch").Bars(
                [.. trainings.Select(each => $"{each.Device}, {each.Step}")],
                trainings.Select(each => each.Time.TotalMilliseconds / BenchmarkEpochs).ToArray()));
        }

        var losses = new Plot("Learning rate 0.0005", "epoch", "mean squared error") { LogX = true, LogY = true };
        foreach (var each in trainings)
        {
            losses.Line(Series.Count0(each.Losses.Count, 1), each.Losses, $"{each.Device}, {each.Step}");
        }

        lab.Figure(losses, "A long plateau, then the fall: deep networks of ReLU start almost flat.");
    }

    private static Training Settle(LabContext lab, LinearData data, Device device, bool compiled)
    {
        Tensor.ManualSeed(0);
        var model = BuildLargeNetwork(features: 20, hidden: 256, layers: 4);
        model.To(device);
        var here = data with { X = data.X.To(device), Y = data.Y.To(device) };
        string step = compiled ? "compiled" : "eager";
        List<double> losses = [];
        using var bar = lab.Progress($"Training at learning rate 0.0005 on {device}, {step}", BenchmarkEpochs);
        var time = LabContext.Time(() =>
        {
            // Every epoch's loss is read, which waits for the device: the clock misses nothing.
            foreach (double loss in Epochs(model, here, learningRate: 0.0005, compiled).Take(BenchmarkEpochs))
            {
                losses.Add(loss);
                bar.Advance();
            }
        });
        return new(device, step, time, Operations(model, samples: 5000) * BenchmarkEpochs, losses);
    }

    /// <summary>One way of training the large network, and what came of it.</summary>
    private sealed record Training(Device Device, string Step, TimeSpan Time, double Operations, List<double> Losses);

    private static void ScaleUp(LabContext lab)
    {
        lab.Section("Exercise 6: scale up");
        lab.Exercise("More samples, more features, wider and deeper networks. How does the time grow?");
        (int Samples, int Features, int Hidden, int Layers)[] settings =
        [
            (5000, 20, 256, 4), (10000, 20, 256, 4), (20000, 20, 256, 4), (5000, 50, 256, 4), (5000, 100, 256, 4),
            (5000, 20, 512, 4), (5000, 20, 1024, 4), (5000, 20, 256, 6), (5000, 20, 256, 8), (10000, 50, 512, 6),
        ];
        var rows = new List<object?[]>();
        var times = new List<double>();
        using var progress = lab.Progress("Scaling up", settings.Length);
        foreach (var (samples, features, hidden, layers) in settings)
        {
            var data = LinearData.Generate(samples, features, noise: 0.5, seed: 42);
            Tensor.ManualSeed(0);
            var model = BuildLargeNetwork(features, hidden, layers);

            // The first epoch warms up; the fastest of the others is what the machine can do.
            double fastest = double.PositiveInfinity;
            long start = Stopwatch.GetTimestamp();
            foreach (var (epoch, _) in Epochs(model, data, learningRate: 0.0001).Take(3).Index())
            {
                fastest = epoch == 0 ? fastest : Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                start = Stopwatch.GetTimestamp();
            }

            times.Add(fastest);
            rows.Add([samples, features, hidden, layers, $"{model.ParameterCount:N0}", $"{fastest:F0} ms",
                $"{fastest * BenchmarkEpochs / 1000:F0} s", $"{Operations(model, samples) / fastest / 1e6:F0}"]);
            progress.Advance();
        }

        lab.Table(
            ["samples", "features", "hidden", "layers", "parameters", "an epoch", "500 epochs would take", "GFLOP/s"],
            rows);
        lab.Figure(new Plot("Milliseconds for an epoch", "samples × features, width × layers", "ms").Bars(
            [.. settings.Select(s => $"{s.Samples} × {s.Features}, {s.Hidden} × {s.Layers}")], times.ToArray()));
        lab.Question("How does the time grow?",
            """
            In proportion to samples times parameters: two operations for each in the forward pass, and four in the
            backward pass, which needs one matrix product for the inputs' gradients and one for the weights'. Twice
            the samples take twice as long; twice the width makes four times the parameters and takes four times as
            long. The arithmetic of a large matrix product is independent, thousands of multiplications at once, and
            that is what a GPU has units for.
            """);
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
