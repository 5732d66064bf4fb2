using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;

namespace Autodiff.Tests.Recurrence;

/// <summary>Sequences of several lengths, packed and padded.</summary>
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class PackingTests(string device) : DeviceFixture(device)
{
    private static Tensor Padded(int batch, int steps, params int[] rest) =>
        Tensor.Arange(0, batch * steps * rest.Aggregate(1, (a, b) => a * b), 1).Reshape([batch, steps, .. rest]);

    [Test]
    public void Entries_stand_step_by_step_the_longest_first()
    {
        // 0 1 2 | 3 . . | 6 7 .
        PackedSequence packed =
            RnnUtils.PackPaddedSequence(Padded(3, 3), [3, 1, 2], batchFirst: true, enforceSorted: false);
        Assert.That(packed.Data.ToArray<float>(), Is.EqualTo(new float[] { 0, 6, 3, 1, 7, 2 }));
        Assert.That(packed.BatchSizes, Is.EqualTo(new[] { 3, 2, 1 }));
        Assert.That(packed.SortedIndices, Is.EqualTo(new[] { 0, 2, 1 }));
        Assert.That(packed.UnsortedIndices, Is.EqualTo(new[] { 0, 2, 1 }));
        Assert.That(packed.Lengths, Is.EqualTo(new[] { 3, 1, 2 }));
        (Tensor output, IReadOnlyList<int> lengths) = RnnUtils.PadPackedSequence(packed, true, -1, totalLength: 4);
        Assert.That(output.ToArray<float>(), Is.EqualTo(new float[] { 0, 1, 2, -1, 3, -1, -1, -1, 6, 7, -1, -1 }));
        Assert.That(lengths, Is.EqualTo(new[] { 3, 1, 2 }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void What_was_packed_is_padded_again(bool batchFirst)
    {
        int[] lengths = [2, 5, 1, 5];
        Tensor x = GradientCheck.Sample(batchFirst ? [4, 5, 2, 3] : [5, 4, 2, 3]);
        Tensor[] sequences = RnnUtils.UnpadSequence(x, lengths, batchFirst);
        Assert.That(sequences.Select(sequence => sequence.Size(0)), Is.EqualTo(lengths));
        Tensor padded = RnnUtils.PadSequence(sequences, batchFirst, 9);
        foreach (PackedSequence packed in new[]
        {
            RnnUtils.PackPaddedSequence(x, lengths, batchFirst, enforceSorted: false),
            RnnUtils.PackPaddedSequence(x, Tensor.From(lengths), batchFirst, enforceSorted: false),
            RnnUtils.PackSequence(sequences, enforceSorted: false),
        })
        {
            (Tensor again, IReadOnlyList<int> found) = RnnUtils.PadPackedSequence(packed, batchFirst, 9);
            Assert.That(found, Is.EqualTo(lengths));
            Assert.That(again.ToArray<double>(), Is.EqualTo(padded.ToArray<double>()));
            Tensor[] unpacked = RnnUtils.UnpackSequence(packed);
            Assert.That(unpacked.SelectMany(t => t.ToArray<double>()),
                Is.EqualTo(sequences.SelectMany(t => t.ToArray<double>())));
        }
    }

    [Test]
    public void Gradients_are_differences_to_second_order() => GradientCheck.Second(
        x => RnnUtils.PadPackedSequence(RnnUtils.PackPaddedSequence(x.Square(), [1, 3, 2], enforceSorted: false)).Output
            .Square(), GradientCheck.Sample([3, 3, 2]));

    [Test]
    public void Padding_goes_to_either_side()
    {
        Tensor[] sequences = [Tensor.From(1f, 2, 3), Tensor.From(4f)];
        Assert.That(RnnUtils.PadSequence(sequences, true, -1).ToArray<float>(),
            Is.EqualTo(new float[] { 1, 2, 3, 4, -1, -1 }));
        Assert.That(RnnUtils.PadSequence(sequences, true, -1, PaddingSide.Left).ToArray<float>(),
            Is.EqualTo(new float[] { 1, 2, 3, -1, -1, 4 }));
        Assert.That(RnnUtils.PadSequence(sequences).Shape, Is.EqualTo((Shape)new[] { 3, 2 }));
        Assert.That(RnnUtils.InvertPermutation([2, 0, 1]), Is.EqualTo(new[] { 1, 2, 0 }));
    }

    [Test]
    public void What_does_not_fit_is_refused_in_words()
    {
        Tensor x = Tensor.Zeros([3, 2, 4]);
        var lstm = new LSTM(4, 5, bidirectional: true);
        var gru = new GRU(4, 5, batchFirst: true);
        void Refused(Action act, params string[] words)
        {
            ArgumentException e = Assert.Catch<ArgumentException>(() => act())!;
            foreach (string word in words)
            {
                Assert.That(e.Message, Does.Contain(word));
            }
        }

        Refused(() => RnnUtils.PackPaddedSequence(x, [3]), "1 lengths for 2 sequences", "[3, 2, 4]");
        Refused(() => RnnUtils.PackPaddedSequence(x, [4, 1]), "a length is 4", "between 1 and 3");
        Refused(() => RnnUtils.PackPaddedSequence(x, [2, 0]), "a length is 0");
        Refused(() => RnnUtils.PackPaddedSequence(x, [1, 2]), "lengths must descend", "enforceSorted: false");
        Refused(() => RnnUtils.PackPaddedSequence(x, Tensor.From(1f, 2f)), "vector of integers");
        Refused(() => RnnUtils.PackPaddedSequence(Tensor.Zeros([3]), [1]), "[T, B, ...]");
        Refused(() => RnnUtils.PackPaddedSequence(Tensor.Zeros([3, 0, 4]), []), "at least one sequence");
        Refused(() => RnnUtils.PadSequence([]), "at least one sequence");
        Refused(() => RnnUtils.PadSequence([Tensor.Zeros([2, 3]), Tensor.Zeros([2, 4])]), "[2, 3] and [2, 4]");
        Refused(() => RnnUtils.UnpadSequence(x, [4, 1]), "a length is 4");
        Refused(() => RnnUtils.InvertPermutation([0, 0]), "no permutation");
        Refused(() => _ = new PackedSequence(x, [1, 2]), "must not grow");
        PackedSequence packed = RnnUtils.PackPaddedSequence(x, [3, 1]);
        Refused(() => RnnUtils.PadPackedSequence(packed, totalLength: 2), "total length 2", "3");
        Refused(() => lstm.Forward(Tensor.Zeros([3, 2, 5])), "LSTM", "[steps, batch, 4]", "[3, 2, 5]");
        Refused(() => gru.Forward(Tensor.Zeros([2, 0, 4])), "GRU", "[batch, steps, 4]", "at least one step");
        Refused(() => lstm.Forward(x, (Tensor.Zeros([2, 2, 5]), Tensor.Zeros([2, 1, 5]))), "initial c", "[2, 2, 5]");
        Refused(() => gru.Forward(x, Tensor.Zeros([1, 2, 5])), "initial h", "[1, 3, 5]");
        Refused(() => lstm.Forward(packed, (Tensor.Zeros([2, 3, 5]), Tensor.Zeros([2, 3, 5]))), "initial h");
        Refused(() => gru.Forward(x.To(DType.Float64)), "float64", "float32");
        Refused(() => new LSTMCell(4, 5).Forward(Tensor.Zeros([2, 3])), "LSTMCell", "[batch, 4]");
        Refused(() => new GRUCell(4, 5).Forward(Tensor.Zeros([2, 4]), Tensor.Zeros([3, 5])), "the state h", "[2, 5]");
        Refused(() => _ = new RNN(4, 5, nonlinearity: Nonlinearity.SELU), "Tanh or ReLU");
        Refused(() => _ = new LSTM(4, 5, projSize: 5), "5");
        Refused(() => _ = new GRU(4, 0), "hiddenSize");
    }
}
