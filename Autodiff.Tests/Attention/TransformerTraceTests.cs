using System.Text.Json;
using Autodiff.Nn;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Attention;

/// <summary>
/// Training runs of an encoder and of a decoder from a seed: PyTorch's losses, and the same compiled.
/// </summary>
[TestFixture, NonParallelizable]
public class TransformerTraceTests
{
    private static readonly string[] Names = ["encoder", "decoder"];

    [TestCaseSource(nameof(Names))]
    public void Every_loss_of_a_run_is_PyTorchs(string name)
    {
        JsonElement run = TransformerFixture.Root.GetProperty("runs").EnumerateArray()
            .Single(r => r.GetProperty("name").GetString() == name);
        double[] expected = JsonFixture.Doubles(run.GetProperty("losses"));
        double[] losses = [.. Train(name, expected.Length, compiled: false).Losses];
        Assert.That(losses[0], Is.EqualTo(expected[0]).Within(1e-6), "the first loss shows data and weights");
        for (int i = 0; i < losses.Length; i++)
        {
            Assert.That(losses[i], Is.EqualTo(expected[i]).Within(2e-5 * expected[i]), $"loss {i}");
        }
    }

    [TestCase("encoder")]
    [TestCase("encoder with dropout")]
    [TestCase("decoder")]
    public void A_compiled_step_has_the_bits_of_the_eager_one_and_allocates_nothing(string name)
    {
        (List<double> eager, float[] parameters, _) = Train(name, 12, compiled: false);
        (List<double> replayed, float[] others, long allocated) = Train(name, 12, compiled: true);
        Assert.That(replayed, Is.EqualTo(eager));
        Assert.That(others, Is.EqualTo(parameters));
        Assert.That(allocated, Is.Zero, "bytes a replay");
    }

    private static (List<double> Losses, float[] Parameters, long Allocated) Train(string name, int steps,
        bool compiled)
    {
        bool isEncoder = name != "decoder";
        Tensor.ManualSeed(isEncoder ? 61 : 62);
        (Tensor x, Tensor y) = isEncoder ? Sequences() : Text();
        Module model = isEncoder ? new Encoder(name == "encoder" ? 0 : 0.1) : new Decoder();
        Optimizer optimizer = isEncoder
            ? new SGD(model.Parameters(), 0.05, 0.9)
            : new AdamW(model.Parameters(), 1e-3, 0.9, 0.95, weightDecay: 0.1);
        Tensor step(Tensor x, Tensor y)
        {
            Tensor output = model.Forward(x);
            Tensor loss = F.CrossEntropyLoss(output.Reshape(-1, output.Size(-1)), y.Reshape(-1));
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
            return loss;
        }

        using CompiledStep? replay = compiled ? new(step) : null;
        List<double> losses = [];
        long allocated = 0;
        for (int i = 0; i < steps; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Tensor loss = replay is null ? step(x, y) : replay.Run(x, y);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            losses.Add(loss.Item());
        }

        Assert.That(replay?.EagerReason, Is.Null);
        return (losses, [.. model.Parameters().SelectMany(p => p.ToArray<float>())], allocated);
    }

    private static (Tensor X, Tensor Y) Sequences()
    {
        Tensor x = Tensor.RandInt(1, 20, [8, 9]);
        for (int row = 0; row < 8; row++)
        {
            x[row, (9 - row % 4)..] = 0L;
        }

        return (x, Tensor.RandInt(3, [8]));
    }

    private static (Tensor X, Tensor Y) Text()
    {
        Tensor x = Tensor.RandInt(23, [4, 13]);
        return (x[.., ..^1].Contiguous(), x[.., 1..].Contiguous());
    }

    private sealed class Encoder : Module
    {
        private readonly Embedding _embed;
        private readonly TransformerEncoder _encoder;
        private readonly Linear _head;

        public Encoder(double dropout)
        {
            RegisterModule(_embed = new Embedding(20, 16, paddingIndex: 0));
            RegisterModule(_encoder = new TransformerEncoder(
                new TransformerEncoderLayer(16, 4, 32, dropout, batchFirst: true), 2, new LayerNorm([16])));
            RegisterModule(_head = new Linear(16, 3));
        }

        public override Tensor Forward(Tensor x) =>
            _head.Forward(_encoder.Forward(_embed.Forward(x), null, x.Eq(0), isCausal: true).Mean(1));
    }

    /// <summary>nanoGPT's block.</summary>
    private sealed class Block : Module
    {
        private readonly LayerNorm _ln1, _ln2;
        private readonly Linear _attn, _proj, _fc, _out;
        private readonly int _heads;

        public Block(int e, int heads)
        {
            _heads = heads;
            RegisterModule("ln_1", _ln1 = new LayerNorm([e]));
            RegisterModule(_attn = new Linear(e, 3 * e));
            RegisterModule(_proj = new Linear(e, e));
            RegisterModule("ln_2", _ln2 = new LayerNorm([e]));
            RegisterModule(_fc = new Linear(e, 4 * e));
            RegisterModule(_out = new Linear(4 * e, e));
        }

        public override Tensor Forward(Tensor x)
        {
            (int n, int t, int e) = (x.Size(0), x.Size(1), x.Size(2));
            Tensor[] heads = [.. _attn.Forward(_ln1.Forward(x)).Split(e, 2)
                .Select(p => p.Reshape(n, t, _heads, e / _heads).Transpose(1, 2))];
            Tensor y = F.ScaledDotProductAttention(heads[0], heads[1], heads[2], isCausal: true);
            x = x + _proj.Forward(y.Transpose(1, 2).Reshape(n, t, e));
            return x + _out.Forward(_fc.Forward(_ln2.Forward(x)).Gelu());
        }
    }

    private sealed class Decoder : Module
    {
        private readonly Embedding _wte, _wpe;
        private readonly ModuleList<Block> _h;
        private readonly LayerNorm _lnF;

        public Decoder()
        {
            RegisterModule(_wte = new Embedding(23, 24));
            RegisterModule(_wpe = new Embedding(12, 24));
            RegisterModule(_h = [new Block(24, 3), new Block(24, 3)]);
            RegisterModule("ln_f", _lnF = new LayerNorm([24]));
            foreach (Tensor parameter in Parameters().Where(p => p.Rank > 1))
            {
                Init.Normal(parameter, 0, 0.02);
            }
        }

        public override Tensor Forward(Tensor x)
        {
            Tensor y = _wte.Forward(x) + _wpe.Weight.Narrow(0, 0, x.Size(1));
            foreach (Block block in _h)
            {
                y = block.Forward(y);
            }

            return _lnF.Forward(y).Linear(_wte.Weight); // one table for what comes in and what goes out
        }
    }
}
