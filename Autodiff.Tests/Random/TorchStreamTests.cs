using Autodiff.Nn;

namespace Autodiff.Tests;

[TestFixture, NonParallelizable]
public class TorchStreamTests
{
    private static IEnumerable<RandomStream> Streams => RandomFixture.Torch;

    [TestCaseSource(nameof(Streams))]
    public void The_stream_is_PyTorchs_to_the_last_bit(RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);

        // A data loader without a generator draws from the default one, so this test borrows it.
        TorchGenerator generator = TorchGenerator.Default.ManualSeed(stream.Seed);
        for (int i = 0; i < stream.Draws.Length; i++)
        {
            RandomDraw draw = stream.Draws[i];
            string name = $"draw {i}, {draw.Kind}({string.Join(", ", draw.Arguments)})";
            switch (draw.Kind)
            {
                case "rand_f64":
                    Assert.That(Filled<double>(draw.Count, d => generator.Uniform(d)), Is.EqualTo(draw.Doubles), name);
                    break;
                case "randn_f64":
                    RandomFixture.AssertThroughLibm(
                        Filled<double>(draw.Count, d => generator.Normal(d)), draw.Doubles, name);
                    break;
                case "randint" or "randperm" or "loader" or "random_split":
                    Assert.That(Indices(generator, draw), Is.EqualTo(draw.Integers), name);
                    break;
                default:
                    Assert.That(Singles(generator, draw), Is.EqualTo(draw.Singles), name);
                    break;
            }
        }
    }

    [Test]
    public void The_fixture_holds_every_kind_of_draw()
    {
        var counts = Streams.SelectMany(s => s.Draws).CountBy(d => d.Kind).ToDictionary();
        Assert.That(counts.Values, Is.All.GreaterThanOrEqualTo(4));
        Assert.That(counts, Has.Count.EqualTo(15));
    }

    private static float[] Singles(TorchGenerator generator, RandomDraw draw) => draw.Kind switch
    {
        "rand" => Filled<float>(draw.Count, d => generator.Uniform(d)),
        "randn" or "embedding" => Filled<float>(draw.Count, d => generator.Normal(d)),
        "uniform_" => Filled<float>(draw.Count, d => generator.Uniform(d, draw.Arguments[0], draw.Arguments[1])),
        "normal_" => Filled<float>(draw.Count, d => generator.Normal(d, draw.Arguments[0], draw.Arguments[1])),
        "bernoulli" => Filled<float>(draw.Count, d =>
        {
            var p = new float[d.Length];
            p.AsSpan().Fill((float)draw.Arguments[0]);
            generator.Bernoulli(d, p);
        }),
        "dropout" => Filled<float>(draw.Count, d => generator.DropoutMask(d, draw.Arguments[0])),
        "linear" => Layer([draw.Integer(1), draw.Integer(0)]),
        "conv2d" => Layer([draw.Integer(1), draw.Integer(0), draw.Integer(2), draw.Integer(2)]),
        _ => throw new ArgumentException($"The fixture has a draw of an unknown kind, {draw.Kind}."),
    };

    private static long[] Indices(TorchGenerator generator, RandomDraw draw) => draw.Kind switch
    {
        "randint" => Filled<long>(
            draw.Count, d => generator.RandInt(d, (long)draw.Arguments[0], (long)draw.Arguments[1])),
        "randperm" => generator.RandPerm(draw.Count),
        "loader" => [.. DataLoaderOrder.Pass(draw.Integer(0), shuffle: true, generator: null)],
        _ => [.. DataLoaderOrder.RandomSplit(Array.ConvertAll(draw.Arguments, a => (int)a), null).SelectMany(p => p)],
    };

    private static float[] Layer(Shape shape)
    {
        Tensor weight = Tensor.Empty(shape), bias = Tensor.Empty([shape[0]]);
        Init.Layer(weight, bias, null);
        return [.. weight.ToArray<float>(), .. bias.ToArray<float>()];
    }

    private delegate void Fill<T>(Span<T> destination);

    private static T[] Filled<T>(int count, Fill<T> fill)
    {
        var values = new T[count];
        fill(values);
        return values;
    }
}
