using Autodiff.Nn;
using Autodiff.Tests.Memory;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Recurrence;

/// <summary>Recurrent networks trained from a seed: every loss is PyTorch's, and a compiled step repeats it.</summary>
[TestFixture, NonParallelizable, Category("Memory")]
public class RecurrenceTraceTests
{
    private static readonly int[] s_lengths = [3, 7, 1, 5, 7, 2];

    private static double[] Expected(string name) =>
        JsonFixture.Doubles(RecurrenceCase.Traces.GetProperty(name));

    /// <summary>A two-layer bidirectional LSTM over packed sequences, mean over time, one linear layer.</summary>
    private sealed class Tagger : Module
    {
        private readonly LSTM _lstm;
        private readonly Linear _head;

        public Tagger()
        {
            RegisterModule(_lstm = new LSTM(5, 8, numLayers: 2, dropout: 0.2, bidirectional: true, batchFirst: true));
            RegisterModule(_head = new Linear(16, 3));
        }

        public override Tensor Forward(Tensor x)
        {
            PackedSequence packed = RnnUtils.PackPaddedSequence(x, s_lengths, batchFirst: true, enforceSorted: false);
            (PackedSequence output, (Tensor h, Tensor c)) = _lstm.Forward(packed);
            Tensor mean = RnnUtils.PadPackedSequence(output, batchFirst: true).Output.Mean(1);
            return _head.Forward(mean + Tensor.Cat([h[^2], h[^1]], 1) + c.Mean(0).Repeat(1, 2));
        }
    }

    private static double[] TrainLSTM(bool compiled, out Module model)
    {
        Tensor.ManualSeed(41);
        Tensor x = Tensor.Randn([6, 7, 5]), t = Tensor.RandInt(3, [6]);
        Tagger tagger = new();
        model = tagger;
        Adam optimizer = new(tagger.Parameters(), 0.02);
        Tensor step(Tensor input, Tensor target)
        {
            optimizer.ZeroGrad();
            Tensor loss = F.CrossEntropyLoss(tagger.Forward(input), target);
            loss.Backward();
            optimizer.Step();
            return loss;
        }

        using CompiledStep? replay = compiled ? new(step) : null;
        double[] losses = new double[20];
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = (replay is null ? step(x, t) : replay.Run(x, t)).Item();
        }

        if (replay is not null)
        {
            Assert.That(replay.EagerReason, Is.Null);
            Assert.That(replay.Captures, Is.EqualTo(1));
        }

        return losses;
    }

    [Test]
    public void Losses_of_a_bidirectional_LSTM_with_packing_are_PyTorchs() =>
        AssertLosses(TrainLSTM(compiled: false, out _), Expected("lstm"));

    [Test]
    public void A_compiled_step_with_packing_has_the_eager_bits()
    {
        double[] eager = TrainLSTM(compiled: false, out Module one),
            replayed = TrainLSTM(compiled: true, out Module two);
        Assert.That(replayed, Is.EqualTo(eager));
        Assert.That(Values(two), Is.EqualTo(Values(one)));
    }

    [Test]
    public void A_replay_with_packing_allocates_nothing()
    {
        LSTM lstm = new(5, 8, bidirectional: true, batchFirst: true);
        GRU gru = new(5, 6, batchFirst: true);
        RNN plain = new(5, 3, batchFirst: true);
        SGD optimizer = new([.. lstm.Parameters(), .. gru.Parameters(), .. plain.Parameters()], 0.01);
        Tensor x = Tensor.Randn([6, 7, 5]), t = Tensor.Randn([6, 7, 16]);
        using CompiledStep step = new((input, target) =>
        {
            optimizer.ZeroGrad();
            PackedSequence packed = RnnUtils.PackPaddedSequence(input, s_lengths, true, enforceSorted: false);
            (PackedSequence output, (Tensor h, Tensor c)) = lstm.Forward(packed);
            Tensor loss = F.MSELoss(RnnUtils.PadPackedSequence(output, true).Output, target) + h.Mean() + c.Mean();
            loss += gru.Forward(packed).Hidden.Square().Sum() + plain.Forward(input).Output.Square().Mean();
            loss.Backward();
            optimizer.Step();
            return loss;
        });
        Allocation.RequireNoneOfReplays(step, x, t);
    }

    [Test]
    public void Losses_of_a_GRU_are_PyTorchs()
    {
        Tensor.ManualSeed(42);
        Tensor x = Tensor.Randn([9, 4, 3]);
        GRU gru = new(3, 10);
        Linear head = new(10, 3);
        SGD optimizer = new([.. gru.Parameters(), .. head.Parameters()], 0.3, momentum: 0.9);
        double[] losses = new double[20];
        for (int i = 0; i < losses.Length; i++)
        {
            Tensor loss = F.MSELoss(head.Forward(gru.Forward(x[..^1]).Output), x[1..]);
            losses[i] = loss.Item();
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        AssertLosses(losses, Expected("gru"));
    }

    [Test]
    public void Threads_do_not_change_bits()
    {
        float[] Run(Module model, int threads)
        {
            int before = Autodiff.Cpu.CpuThreads.Count;
            Autodiff.Cpu.CpuThreads.Count = threads;
            try
            {
                Tensor x = RecurrenceCase.Wave([9, 37, 33], 1).To(DType.Float32).RequireGrad();
                Tensor output = model switch
                {
                    LSTM lstm => lstm.Forward(x).Output,
                    GRU gru => gru.Forward(x).Output,
                    _ => ((RNN)model).Forward(x).Output,
                };
                model.ZeroGrad();
                output.Square().Sum().Backward();
                return [.. output.ToArray<float>(), .. x.Grad!.ToArray<float>(),
                    .. model.Parameters().SelectMany(p => p.Grad!.ToArray<float>())];
            }
            finally
            {
                Autodiff.Cpu.CpuThreads.Count = before;
            }
        }

        foreach (Module model in new Module[]
            { new LSTM(33, 70, bidirectional: true), new GRU(33, 70, 2), new RNN(33, 70) })
        {
            float[] one = Run(model, 1);
            Assert.That(Run(model, 2), Is.EqualTo(one));
            Assert.That(Run(model, 3), Is.EqualTo(one));
        }
    }

    [Test]
    public void The_loop_of_a_layer_agrees_with_its_cell(
        [Values("RNN", "relu", "LSTM", "GRU")] string kind, [Values] bool reverse)
    {
        // Sizes that fill vectors, tiles and parts unevenly; more units than a block of the product is deep.
        const int steps = 5, batch = 19, inputs = 7, hidden = 275;
        Nonlinearity of = kind == "relu" ? Nonlinearity.ReLU : Nonlinearity.Tanh;
        Module layer = kind switch
        {
            "LSTM" => new LSTM(inputs, hidden, bidirectional: true, type: DType.Float64),
            "GRU" => new GRU(inputs, hidden, bidirectional: true, type: DType.Float64),
            _ => new RNN(inputs, hidden, nonlinearity: of, bidirectional: true, type: DType.Float64),
        };
        Module cell = kind switch
        {
            "LSTM" => new LSTMCell(inputs, hidden, type: DType.Float64),
            "GRU" => new GRUCell(inputs, hidden, type: DType.Float64),
            _ => new RNNCell(inputs, hidden, nonlinearity: of, type: DType.Float64),
        };
        string end = reverse ? "_l0_reverse" : "_l0";
        cell.LoadStateDict(layer.StateDict().Where(pair => pair.Key.EndsWith(end, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[..^end.Length], pair => pair.Value));
        Tensor x = RecurrenceCase.Wave([steps, batch, inputs], 1).RequireGrad();
        Tensor weights = RecurrenceCase.Wave([steps, batch, hidden], 2);
        int[] lengths = [.. Enumerable.Range(0, batch).Select(b => 5 - (b / 4))];
        PackedSequence sequences = RnnUtils.PackPaddedSequence(x, lengths), packed = layer switch
        {
            LSTM lstm => lstm.Forward(sequences).Output,
            GRU gru => gru.Forward(sequences).Output,
            _ => ((RNN)layer).Forward(sequences).Output,
        };
        Tensor output = RnnUtils.PadPackedSequence(packed).Output.Narrow(2, reverse ? hidden : 0, hidden);
        (output * weights).Sum().Backward();
        double[] gradient = x.Grad!.ToArray<double>();
        x.Grad = null;

        Tensor total = Tensor.Scalar(0.0);
        double[] results = output.ToArray<double>();
        for (int b = 0; b < batch; b++)
        {
            (Tensor H, Tensor C)? state = null;
            for (int i = 0; i < lengths[b]; i++)
            {
                int t = reverse ? lengths[b] - 1 - i : i;
                state = cell switch
                {
                    LSTMCell lstm => lstm.Forward(x[t, b], state),
                    GRUCell gru => (gru.Forward(x[t, b], state?.H), null!),
                    _ => (((RNNCell)cell).Forward(x[t, b], state?.H), null!),
                };
                total += (state.Value.H * weights[t, b]).Sum();
                int at = ((t * batch) + b) * hidden;
                Assert.That(results[at..(at + hidden)], Is.EqualTo(state.Value.H.ToArray<double>()).Within(1e-13));
            }
        }

        total.Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(gradient).Within(1e-12));
        foreach ((string name, Tensor parameter) in cell.NamedParameters())
        {
            Tensor own = layer.NamedParameters().Single(p => p.Name == name + end).Parameter;
            Assert.That(own.Grad!.ToArray<double>(), Is.EqualTo(parameter.Grad!.ToArray<double>()).Within(1e-11), name);
        }
    }

    private static float[] Values(Module model) =>
        [.. model.StateDict().Values.SelectMany(value => value.ToArray<float>())];

    private static void AssertLosses(double[] losses, double[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.That(losses[i], Is.EqualTo(expected[i]).Within(2e-5), $"loss {i}");
        }
    }
}
