using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Positions that repeat, that are negative, beyond the end, or none.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class IndexReportTests(string device) : DeviceFixture(device)
{
    private static Tensor Numbers(params double[] values) => Tensor.From(values);

    private static Tensor Places(params long[] values) => Tensor.From(values);

    private static IEnumerable<TestCaseData> Repeated()
    {
        yield return Gives("HIPS/autograd#39 an element read twice gets both gradients",
            () => Slope(1, x => x[new[] { 0, 0 }]), 2);
        yield return Gives("numpy#8866 repeated places accumulate",
            () => Numbers(0, 0, 0).IndexPut([Places(1, 1)], Numbers(1, 2), accumulate: true), 0, 3, 0);
        yield return Gives("and each value gets the gradient of its place", () =>
            Slope([1, 2], v => Numbers(0, 0, 0).IndexPut([Places(1, 1)], v, accumulate: true) * Numbers(0, 7, 0)), 7,
                7);
        yield return Gives("IndexAdd", () => Numbers(0, 0).IndexAdd(0, Places(1, 1), Numbers(1, 2)), 0, 3);
        yield return Gives("pytorch#57006 a value that fills a place twice is there once", () =>
            Slope(Tensor.Scalar(2.0).RequireGrad(), v => Numbers(1, 2, 3).IndexFill(0, Places(2, 2), v)), 1);
        yield return Gives("of two values written to one place the last stays and gets the gradient", () =>
        {
            Tensor v = Leaf(5, 7), y = Numbers(0, 0) * 1;
            y[Places(0, 0)] = v;
            y.Sum().Backward();
            return Tensor.Cat([y.Detach(), v.Grad!]);
        }, 7, 0, 0, 1);
        yield return Gives("Gather", () => Slope([1, 2], x => x.Gather(0, Places(0, 0, 0))), 3, 0);
        yield return Gives("ScatterAdd leaves what no index asks for alone",
            () => Slope([1, 2, 3], s => Numbers(0, 0).ScatterAdd(0, Places(0, 1), s)), 1, 1, 0);
        yield return Gives("repeats given as a tensor", () => Slope([1, 2], x => x.RepeatInterleave(Places(0, 3))), 0,
            3);
        yield return Gives("windows that overlap", () => Slope([1, 2, 3], x => x.Unfold(0, 2, 1)), 1, 2, 1);
        yield return Gives("reflecting pads",
            () => Slope(Leaf(new double[,] { { 1, 2, 3 } }), x => x.Pad([2, 2], PadMode.Reflect)), 2, 3, 2);
        yield return Gives("a product of one element, read twice, differentiated twice", () =>
        {
            Tensor x = Leaf(2, 5), slope = Autograd.Grad([x[new[] { 0, 0 }].Prod() * x[0]], [x], createGraph: true)[0]!;
            return Autograd.Grad([slope.Sum()], [x])[0]!;
        }, 12, 0);
        yield return Gives("pytorch#28716 a padding row read 769 times gets none", () =>
        {
            Tensor table = Tensor.Ones([10, 8], DType.Float64).RequireGrad();
            return Slope(table, w => Tensor.Embedding(Tensor.Zeros([1, 769], DType.Int64), w, 0)).Abs().Sum();
        }, 0);
        yield return Gives("the padding row of a table", () =>
            Slope(Tensor.Ones([2, 2], DType.Float64).RequireGrad(), w => Tensor.Embedding(Places(0, 1, 0, 1), w, 0)), 0,
                0, 2, 2);
        yield return Gives("the padding row counted from the end", () =>
            Slope(Tensor.Ones([2, 2], DType.Float64).RequireGrad(), w => Tensor.Embedding(Places(0, 1), w, -1)), 1, 1,
                0, 0);
        yield return Gives("a new table has zeros in its padding row", () => new Embedding(4, 3, 2).Weight[2], 0, 0, 0);
    }

    private static IEnumerable<TestCaseData> Edges()
    {
        yield return Gives("a mask assigns a row to the rows it chooses", () =>
        {
            Tensor x = Tensor.Zeros([2, 2], DType.Float64);
            x[Tensor.From(true, false)] = Numbers(1, 2);
            return x;
        }, 1, 2, 0, 0);
        yield return Gives("a mask that chooses nothing sends nothing back", () => Slope([1, 2], x => x[x > 5]), 0, 0);
        yield return Gives("places of what is not zero, among nothing",
            () => Tensor.From((double)Tensor.Zeros([0]).NonZero().ElementCount), 0);
        yield return Gives("a slice ends at the end", () => Tensor.Arange(3)[TensorIndex.Slice(0, 100)], 0, 1, 2);
        yield return Gives("rolling further than the length, and backwards",
            () => Tensor.Cat([Numbers(1, 2, 3).Roll(5), Numbers(1, 2, 3).Roll(-4)]), 2, 3, 1, 2, 3, 1);
        yield return Gives("Take by int32", () => Numbers(1, 2).Take(Tensor.From(1)), 2);
        yield return Gives("classes of a one-hot vector are one more than the largest", () => Places(2).OneHot(), 0, 0,
            1);
        yield return Gives("counts of at least four", () => Places(1, 1).Bincount(minLength: 4), 0, 2, 0, 0);
        yield return Gives("broadcasting nothing against one",
            () => Tensor.From((double)(Tensor.Zeros([0]) + Tensor.Zeros([1])).ElementCount), 0);
        yield return Gives("pytorch#8626 repeated by a view, then reshaped",
            () => Slope([0, 0], x => x.Expand(3, 2).Reshape(6)), 3, 3);
        yield return Gives("pytorch#8626 repeated by a view, then narrowed", () =>
            Slope(Tensor.Ones([3, 1], DType.Float64).RequireGrad(),
                x => x.Expand(3, 3).Narrow(0, 0, 2) * Tensor.From(new double[,] { { 0, 1, 2 }, { 3, 4, 5 } })), 3, 12,
                0);
        yield return Gives("a bias column is summed over what it is broadcast to", () =>
            Slope(Tensor.Zeros([2, 1], DType.Float64).RequireGrad(), b => b + Tensor.Ones([1, 3], DType.Float64)), 3,
                3);
        yield return Gives("three permutations and slices of one tensor", () =>
        {
            static Tensor View(Tensor x) => x.Permute(2, 0, 1)[TensorIndex.Slice(step: 2)].Transpose(0, 2)[1..];
            Tensor x = Tensor.Rand([4, 5, 6], DType.Float64).RequireGrad(),
                seen = Tensor.Zeros([4, 5, 6], DType.Float64);
            View(seen).Fill(1);
            return (Slope(x, v => View(v).Square()) - 2 * x.Detach() * seen).Abs().Max();
        }, 0);
    }

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Refused("Gather beyond the end", () => Numbers(1, 2).Gather(0, Places(2)).Item(), "2");
        yield return Refused("an index before the start", () => _ = Numbers(1, 2)[Places(-3)], "-3");
        yield return Refused("pytorch#151918 a table has no row -1",
            () => Tensor.Embedding(Places(-1), Tensor.Ones([2, 2])), "-1");
        yield return Refused("a mask of another length", () => _ = Numbers(1, 2, 3)[Tensor.From(true, false)], "2",
            "3");
        yield return Refused("a one-hot vector of class -1", () => Places(-1).OneHot(3), "-1");
        yield return Refused("counting a negative number", () => Places(-1).Bincount(), "non-negative");
        yield return Refused("nothing against two", () => _ = Tensor.Zeros([0]) + Tensor.Zeros([2]), "[0]", "[2]");
    }

    [TestCaseSource(nameof(Repeated))]
    public void Repeated_places_add_their_gradients(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Edges))]
    public void Edges_of_what_is_there(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Mistakes))]
    public void Mistakes_are_named(Action call, string[] words) => CheckRefused(call, words);
}
