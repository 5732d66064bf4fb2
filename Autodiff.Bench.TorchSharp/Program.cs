// The libtorch side of the comparison, asked and answering as Autodiff.Bench/Peers/pytorch_peer.py does.
// "KEY/results" is answered with the numbers by which the comparison sees that both sides did the same work.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Autodiff.Bench.TorchSharp;
using Autodiff.Bench.Workloads;
using TorchSharp;

torch.set_num_threads(int.Parse(
    Environment.GetEnvironmentVariable("OMP_NUM_THREADS") ?? "1", CultureInfo.InvariantCulture));
string libtorch = Version.Parse(torch.__version__).ToString(3);
string version = typeof(torch).Assembly.GetName().Version!.ToString(2);
Say(new { description = $"libtorch {libtorch} by TorchSharp {version}" });

(string Key, TorchLayer Layer)? made = null;
while (Console.ReadLine() is { } line)
{
    using JsonDocument requests = JsonDocument.Parse(line);
    List<object> answers = [];
    foreach (JsonElement request in requests.RootElement.EnumerateArray())
    {
        string workload = request.GetProperty("workload").GetString()!;
        string key = workload.Split('/')[0];
        if (made?.Key != key)
        {
            made?.Layer.Dispose(); // one layer at a time
            made = (key, TorchLayer.All[key]());
        }

        TorchLayer layer = made.Value.Layer;
        Action work = workload.EndsWith(LayerShapes.Forward, StringComparison.Ordinal)
            ? layer.Forward
            : layer.ForwardAndBackward;
        int iterations = request.GetProperty("iterations").GetInt32();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < iterations; i++)
        {
            work();
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        answers.Add(workload.EndsWith(LayerShapes.Results, StringComparison.Ordinal)
            ? new { workload, seconds, results = layer.Results() }
            : new { workload, seconds });
    }

    Say(answers);
}

static void Say(object answer)
{
    Console.WriteLine(JsonSerializer.Serialize(answer));
    Console.Out.Flush();
}
