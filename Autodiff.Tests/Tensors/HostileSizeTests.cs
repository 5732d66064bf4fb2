using System.Diagnostics;
using Autodiff.Nn;

namespace Autodiff.Tests.Tensors;

/// <summary>
/// Counts that lead to sizes, offsets or strides which no memory has: each is refused before memory is taken, and the
/// message says why.
/// </summary>
public class HostileSizeTests
{
    private const int Max = int.MaxValue, Min = int.MinValue;

    private static Tensor Six => Tensor.Arange(6.0, 12.0);

    private static Tensor Matrix => Tensor.Ones([3, 4]);

    private static Tensor One => Tensor.Ones([1]);

    private static Tensor Numbers => Tensor.From(0L, 1L, 2L);

    private static Tensor Nothing => Tensor.Empty([0]);

    private static TestCaseData Case(string name, Func<object> call) => new TestCaseData(call).SetName(name);

    private static IEnumerable<TestCaseData> Calls()
    {
        yield return Case("Pad by most on both sides", () => Tensor.Ones([1000]).Pad([Max, Max]));
        yield return Case("Pad by most, which wraps to a small size", () => Six.Pad([Max, Max - 3]));
        yield return Case("Pad by least", () => Six.Pad([Min, Min]));
        yield return Case("Pad by least and most", () => Six.Pad([Min, Max]));
        yield return Case("Pad replicating", () => Six.Pad([Max, Max], PadMode.Replicate));
        yield return Case("Pad reflecting", () => Six.Pad([Max, Max], PadMode.Reflect));
        yield return Case("Pad around", () => Six.Pad([Max, Max], PadMode.Circular));
        yield return Case("Repeat", () => Six.Repeat(Max));
        yield return Case("Repeat to many dimensions", () => Six.Repeat(Max, Max, Max));
        yield return Case("Repeat least", () => Six.Repeat(Min));
        yield return Case("Tile", () => Matrix.Tile(Max, Max));
        yield return Case("RepeatInterleave", () => Six.RepeatInterleave(Max));
        yield return Case("RepeatInterleave of a dimension", () => Matrix.RepeatInterleave(Max, 1));
        yield return Case("RepeatInterleave least", () => Six.RepeatInterleave(Min));
        yield return Case("RepeatInterleave by a tensor",
            () => Numbers.RepeatInterleave(Tensor.From((long)Max, Max, Max)));
        yield return Case("RepeatInterleave by a tensor of more than an int",
            () => Numbers.RepeatInterleave(Tensor.From(1L << 33, 1L << 33, 0L)));
        yield return Case("Unfold a window of most", () => Six.Unfold(0, Max, 1));
        yield return Case("Unfold a window of least", () => Six.Unfold(0, Min, 1));
        yield return Case("Unfold by steps of least", () => Six.Unfold(0, 2, Min));
        yield return Case("Expand beyond counting", () => One.Expand(Max, Max, Max));
        yield return Case("Expand to most, then a copy", () => One.Expand(Max).Clone());
        yield return Case("Expand to most, then an operation", () => One.Expand(Max, 2) * 2);
        yield return Case("Expand least", () => One.Expand(Min));
        yield return Case("Expand flattened", () => One.Expand(Max, 2).Flatten());
        yield return Case("Expand reshaped", () => One.Expand(Max, 2).Reshape(-1));
        yield return Case("Expand reshaped, beyond 32 bits", () => One.Expand(70_000, 70_000).Reshape(-1));
        yield return Case("Expand to an array", () => One.Expand(Max, 2).ToArray<float>());
        yield return Case("Expand, gradient of a product",
            () => Autograd.Grad([One.RequireGrad() is var x ? x.Expand(Max, 2).Prod() : x], [x]));
        yield return Case("Zeros", () => Tensor.Zeros([Max]));
        yield return Case("Zeros beyond counting", () => Tensor.Zeros([Max, Max, Max]));
        yield return Case("Zeros that wrap to nothing", () => Tensor.Zeros([65536, 65536, 65536, 65536]));
        yield return Case("Zeros of least", () => Tensor.Zeros([Min]));
        yield return Case("Full of most squared", () => Tensor.Full([Max, Max], 1, DType.Float64));
        yield return Case("Empty with a dimension of nothing among sizes beyond counting",
            () => Tensor.Empty([Max, Max, Max, 0]));
        yield return Case("Ones on the reference device", () => Tensor.Ones([Max], device: Device.Reference));
        yield return Case("ElementCount of a shape", () => Shape.Create([Max, Max, Max]).ElementCount);
        yield return Case("From", () => Tensor.From<float>([1f], [Max, Max, Max]));
        yield return Case("From, a shape that wraps to the count",
            () => Tensor.From<float>([], [65536, 65536, 65536, 65536]));
        yield return Case("Arange", () => Tensor.Arange(long.MaxValue));
        yield return Case("Arange by doubles", () => Tensor.Arange(0.0, 1e18));
        yield return Case("Arange by tiny steps", () => Tensor.Arange(0.0, 1.0, 1e-300));
        yield return Case("Arange, an infinite distance", () => Tensor.Arange(-1e308, 1e308, 1.0));
        yield return Case("Linspace", () => Tensor.Linspace(0, 1, Max));
        yield return Case("Linspace least", () => Tensor.Linspace(0, 1, Min));
        yield return Case("Logspace", () => Tensor.Logspace(0, 1, Max));
        yield return Case("Eye", () => Tensor.Eye(Max));
        yield return Case("Eye least", () => Tensor.Eye(Min));
        yield return Case("Eye of two sizes", () => Tensor.Eye(Max, 3));
        yield return Case("OneHot", () => Numbers.OneHot(Max));
        yield return Case("OneHot of a large class", () => Tensor.From(long.MaxValue).OneHot());
        yield return Case("OneHot of a class of most", () => Tensor.From((long)Max).OneHot());
        yield return Case("OneHot least", () => Numbers.OneHot(Min));
        yield return Case("Bincount of a large number", () => Tensor.From(long.MaxValue).Bincount());
        yield return Case("Bincount of most", () => Tensor.From((long)Max).Bincount());
        yield return Case("Bincount to a length of most", () => Numbers.Bincount(minLength: Max));
        yield return Case("Bincount to a length of least", () => Numbers.Bincount(minLength: Min));
        yield return Case("Histc", () => Six.Histc(Max));
        yield return Case("Histc least", () => Six.Histc(Min));
        yield return Case("Narrow beyond", () => Six.Narrow(0, Max, Max));
        yield return Case("Narrow to most", () => Six.Narrow(0, 1, Max));
        yield return Case("Narrow from least", () => Six.Narrow(0, Min, 1));
        yield return Case("Narrow to least", () => Six.Narrow(0, 0, Min));
        yield return Case("Select most", () => Six.Select(0, Max));
        yield return Case("Select least", () => Six.Select(0, Min));
        yield return Case("A dimension of most", () => Six.Select(Max, 0));
        yield return Case("A dimension of least", () => Six.Unsqueeze(Min));
        yield return Case("Index most", () => Six[Max]);
        yield return Case("Index least", () => Six[Min]);
        yield return Case("Index by a tensor of most", () => Six[Tensor.From(long.MaxValue)]);
        yield return Case("Index by a number of more than an int", () => Six[Tensor.Scalar(1L << 32)]);
        yield return Case("IndexSelect least", () => Six.IndexSelect(0, Tensor.From(long.MinValue)));
        yield return Case("Gather least", () => Six.Gather(0, Tensor.From(long.MinValue)));
        yield return Case("Take most", () => Matrix.Take(Tensor.From(long.MaxValue)));
        yield return Case("Embedding least", () => Tensor.Embedding(Tensor.From(long.MinValue), Matrix));
        yield return Case("Reshape to sizes that wrap to none", () => Nothing.Reshape(65536, 65536, 65536, 65536));
        yield return Case("Reshape to sizes that wrap to the count", () => One.Reshape(-1, 65536, 65536, 65536, 65536));
        yield return Case("Reshape to most", () => Six.Reshape(Max, Max, Max));
        yield return Case("Reshape to least", () => Six.Reshape(Min, -1));
        yield return Case("Unflatten", () => Six.Unflatten(0, Max, Max, Max));
        yield return Case("Unflatten, one unknown", () => Nothing.Unflatten(0, -1, 65536, 65536, 65536, 65536));
        yield return Case("Diag", () => Six.Diag(Max));
        yield return Case("Diag least", () => Six.Diag(Min));
        yield return Case("DiagEmbed", () => Matrix.DiagEmbed(Max));
        yield return Case("DiagEmbed least", () => Matrix.DiagEmbed(Min));
        yield return Case("Kron", () => One.Expand(Max).Kron(One.Expand(Max)));
        yield return Case("Outer", () => One.Expand(Max).Outer(One.Expand(Max)));
        yield return Case("Einsum",
            () => Tensor.Einsum("i,j,k->ijk", One.Expand(Max), One.Expand(Max), One.Expand(Max)));
        yield return Case("TensorDot", () => One.Expand(Max, 1).TensorDot(One.Expand(Max, 1), [1], [1]));
        yield return Case("MatMul", () => One.Expand(Max, 1).MatMul(One.Expand(1, Max)));
        yield return Case("MatMul of a batch", () => One.Expand(Max, Max, 1, 1).MatMul(One.Expand(1, 1)));
        yield return Case("Cat", () => Tensor.Cat([One.Expand(Max), One.Expand(Max), One.Expand(5)]));
        yield return Case("Stack", () => Tensor.Stack([One.Expand(Max), One.Expand(Max)]));
        yield return Case("Meshgrid", () => Tensor.Meshgrid(One.Expand(Max), One.Expand(Max), One.Expand(Max)));
        yield return Case("Broadcasting", () => One.Expand(Max, 1) + One.Expand(1, Max));
        yield return Case("Tril", () => One.Expand(Max, 1).Tril());
        yield return Case("Chunk of nothing", () => Nothing.Chunk(Max));
        yield return Case("Chunk least", () => Six.Chunk(Min));
        yield return Case("TensorSplit", () => Six.TensorSplit(Max));
        yield return Case("TensorSplit least", () => Six.TensorSplit(Min));
        yield return Case("Split in ones", () => One.Expand(Max).Split(1));
        yield return Case("Split least", () => Six.Split(Min));
        yield return Case("Split by sizes that wrap", () => Six.Split([Max, Max, 8]));
        yield return Case("Unbind", () => One.Expand(Max).Unbind());
        yield return Case("TopK", () => Six.TopK(Max));
        yield return Case("TopK least", () => Six.TopK(Min));
        yield return Case("KthValue", () => Six.KthValue(Max));
        yield return Case("Rand", () => Tensor.Rand([Max]));
        yield return Case("Randn beyond counting", () => Tensor.Randn([Max, Max, Max]));
        yield return Case("RandInt", () => Tensor.RandInt(10, [Max]));
        yield return Case("RandPerm", () => Tensor.RandPerm(Max));
        yield return Case("RandPerm least", () => Tensor.RandPerm(Min));
        yield return Case("Linear", () => new Linear(Max, Max));
        yield return Case("Linear of sizes beyond memory", () => new Linear(Max, 1));
        yield return Case("Linear least", () => new Linear(Min, 1));
        yield return Case("Embedding layer", () => new Embedding(Max, Max));
        yield return Case("BatchNorm1d", () => new BatchNorm1d(Max));
    }

    [TestCaseSource(nameof(Calls))]
    public void It_is_refused_with_its_reason(Func<object> call)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Stopwatch watch = Stopwatch.StartNew();
        Exception refusal = Assert.Catch(() => call());
        Assert.That(refusal,
            Is.InstanceOf<ArgumentException>().Or.TypeOf<InsufficientMemoryException>()
                .Or.InstanceOf<InvalidOperationException>()
            .Or.TypeOf<OverflowException>().With.Message.StartsWith("The shape ["));
        Assert.That(refusal.Message, Does.Not.Contain("Arithmetic operation").And.Not.Contain("Array dimensions"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(64 << 20),
            "memory was taken before the sizes were looked at");
        Assert.That(watch.Elapsed.TotalSeconds, Is.LessThan(20));
    }

    [Test]
    public void What_overflows_is_said_with_its_shape_its_bytes_and_the_limit()
    {
        Assert.That(() => Tensor.Ones([1000]).Pad([Max, Max]), Throws.ArgumentException.With.Message.EqualTo(
            "Pad: the result would have shape [4294968294] and take 17,179,873,176 bytes as float32; a dimension has "
                + "at most 2,147,483,647 entries."));
        Assert.That(() => Tensor.Zeros([70000, 70000]), Throws.TypeOf<InsufficientMemoryException>().With.Message
            .Contains("shape [70000, 70000] and type float32: 19,600,000,000 bytes are asked for")
            .And.Message.Contains("at most 2,147,483,"));
        Assert.That(() => Tensor.Zeros([Max, Max, Max]), Throws.ArgumentException.With.Message
            .Contains(
                "shape [2147483647, 2147483647, 2147483647] would have 9,903,520,300,447,984,150,353,281,023 elements")
                    .And.Message.Contains("at most 576,460,752,303,423,487"));
        Assert.That(() => Tensor.Linspace(0, 1, Max),
            Throws.TypeOf<InsufficientMemoryException>().With.Message.Contains("take 8,589,934,588 bytes"));
    }

    private static IEnumerable<TestCaseData> Views()
    {
        yield return new(0L, new[] { 7 }, new[] { 1L });
        yield return new(1L, new[] { 6 }, new[] { 1L });
        yield return new(-1L, new[] { 2 }, new[] { 1L });
        yield return new(6L, new[] { 1 }, new[] { 1L });
        yield return new(4L, new[] { 6 }, new[] { -1L });
        yield return new(0L, new[] { 2 }, new[] { -1L });
        yield return new(0L, new[] { 2, 2 }, new[] { 4L, 2L });
        yield return new(long.MaxValue, new[] { 2 }, new[] { 1L });
        yield return new(long.MinValue, new[] { 1 }, new[] { 1L });
        yield return new(0L, new[] { 2 }, new[] { long.MaxValue });
        yield return new(0L, new[] { 2 }, new[] { long.MinValue });
        yield return new(0L, new[] { 3, 3 }, new[] { long.MaxValue / 2, long.MaxValue / 2 });
    }

    [TestCaseSource(nameof(Views))]
    public void No_view_reaches_outside_its_storage(long offset, int[] dims, long[] strides)
    {
        Assert.That(() => Six.Alias(new Layout(dims, strides), offset),
            Throws.ArgumentException.With.Message.Contains("reach"));
        Assert.That(() => new TensorView(Six.Storage, offset, new Layout(dims, strides), DType.Float32),
            Throws.ArgumentException.With.Message.Contains("reach"));
    }

    [Test]
    public void What_lies_inside_is_a_view()
    {
        Tensor Of(long offset, int[] dims, long[] strides) => Six.Alias(new Layout(dims, strides), offset);
        Assert.That(Of(5, [6], [-1]).ToArray<float>(), Is.EqualTo(new[] { 11f, 10, 9, 8, 7, 6 }));
        Assert.That(Of(1, [2, 2], [3, 1]).ToArray<float>(), Is.EqualTo(new[] { 7f, 8, 10, 11 }));
        Assert.That(Of(4, [2, 2], [-3, 1]).ToArray<float>(), Is.EqualTo(new[] { 10f, 11, 7, 8 }));
        Assert.That(Of(5, [1, Max], [long.MaxValue, 0]).Narrow(1, Max - 2, 2).ToArray<float>(),
            Is.EqualTo(new[] { 11f, 11 }));
        Assert.That(Of(99, [0, 3], [5, 1]).ToArray<float>(), Is.Empty, "a view without elements may begin anywhere");
        Assert.That(Six[TensorIndex.Slice(0, null, Max)][TensorIndex.Slice(0, null, Max)][TensorIndex.Slice(0, null,
            Max)].Item(), Is.EqualTo(6));
        Assert.That(Six.Roll(Max).ToArray<float>(), Is.EqualTo(Six.Roll(Max % 6).ToArray<float>()));
        Assert.That(Six.Roll(Min).ToArray<float>(), Is.EqualTo(Six.Roll(Min % 6).ToArray<float>()));
        Assert.That(Matrix.Diagonal(Max).ElementCount + Matrix.Diagonal(Min).ElementCount, Is.Zero);
        Assert.That((Matrix.Tril(Max).Sum().Item(), Matrix.Triu(Min).Sum().Item()), Is.EqualTo((12.0, 12.0)));
        Assert.That(Matrix.Rot90(Min).Shape, Is.EqualTo(Matrix.Shape));
    }
}
