using Autodiff.Nn;

namespace Autodiff.Tests.Nn;

/// <summary>
/// The streams of Fixtures/random.json again, drawn by the layers and loaders that a user would draw them with.
/// </summary>
[TestFixture, NonParallelizable]
public class LayerStreamTests
{
    private static IEnumerable<RandomStream> Streams => RandomFixture.Torch;

    [TestCaseSource(nameof(Streams))]
    public void Layers_and_loaders_draw_what_PyTorchs_draw(RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Tensor.ManualSeed(stream.Seed);
        foreach (RandomDraw draw in stream.Draws)
        {
            if (draw.Kind == "randn_f64")
            {
                RandomFixture.AssertThroughLibm(Draw(draw), draw.Doubles, draw.Kind);
                continue;
            }

            Assert.That(Draw(draw),
                Is.EqualTo(draw.Kind == "rand_f64" ? draw.Doubles : [.. draw.Singles.Select(v => (double)v)]),
                draw.Kind);
        }
    }

    private static double[] Draw(RandomDraw draw) => draw.Kind switch
    {
        "rand" => Tensor.Rand([draw.Count]).ToArray<double>(),
        "rand_f64" => Tensor.Rand([draw.Count], DType.Float64).ToArray<double>(),
        "randn_f64" => Tensor.Randn([draw.Count], DType.Float64).ToArray<double>(),
        "randn" => Tensor.Randn([draw.Count]).ToArray<double>(),
        "uniform_" => Init.Uniform(Tensor.Empty([draw.Count]), draw.Arguments[0], draw.Arguments[1]).ToArray<double>(),
        "normal_" => Init.Normal(Tensor.Empty([draw.Count]), draw.Arguments[0], draw.Arguments[1]).ToArray<double>(),
        "bernoulli" => Tensor.Bernoulli(Tensor.Full([draw.Count], draw.Arguments[0])).ToArray<double>(),
        "dropout" => new Dropout(draw.Arguments[0]).Forward(Tensor.Ones([draw.Count])).ToArray<double>(),
        "linear" => [.. new Linear(draw.Integer(0), draw.Integer(1)).Parameters().SelectMany(p => p.ToArray<double>())],
        "conv2d" => Convolution(draw.Integer(0), draw.Integer(1), draw.Integer(2)),
        "embedding" => new Embedding(draw.Integer(0), draw.Integer(1)).Weight.ToArray<double>(),
        "randint" => Tensor.RandInt((long)draw.Arguments[0], (long)draw.Arguments[1], [draw.Count]).ToArray<double>(),
        "randperm" => Tensor.RandPerm(draw.Count).ToArray<double>(),
        "loader" =>
            [.. new DataLoader(Counting(draw.Integer(0)), 4, shuffle: true).SelectMany(b => b[0].ToArray<double>())],
        _ =>
            [.. Counting(draw.Arguments.Sum(a => (int)a)).RandomSplit(Array.ConvertAll(draw.Arguments, a => (int)a))
                .SelectMany(p => p.Indices).Select(i => (double)i)],
    };

    private static double[] Convolution(int inputs, int outputs, int kernel)
    {
        Tensor weight = Tensor.Empty([outputs, inputs, kernel, kernel]), bias = Tensor.Empty([outputs]);
        Init.Layer(weight, bias, null);
        return [.. weight.ToArray<double>(), .. bias.ToArray<double>()];
    }

    private static TensorDataset Counting(int count) => new(Tensor.From([.. Enumerable.Range(0, count)]));
}
