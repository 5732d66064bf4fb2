using Autodiff.Nn;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Convolutions;

/// <summary>Whatever does not fit is refused in words that name what would.</summary>
[TestFixture]
public class ConvolutionErrorTests
{
    private static IEnumerable<TestCaseData> Mistakes()
    {
        Tensor x = Tensor.Zeros([2, 3, 5, 5]), w = Tensor.Zeros([4, 3, 3, 3]);
        yield return Case("channels", () => F.Conv2d(x, Tensor.Zeros([4, 2, 3, 3])), "has 3 channels", "takes 2");
        yield return Case("rank", () => F.Conv2d(Tensor.Zeros([5, 5]), w), "[N, C, H, W] or [C, H, W]");
        yield return Case("rank of the weight", () => F.Conv2d(x, Tensor.Zeros([4, 3, 3])), "Conv2d", "4 dimensions");
        yield return Case("window", () => F.Conv2d(x, w, dilation: 3), "window of 7", "the 5 of input", "along H");
        yield return Case("no input", () => F.Conv2d(Tensor.Zeros([2, 3, 5, 0]), w, padding: 2), "along W");
        yield return Case("groups", () => F.Conv2d(x, w, groups: 3), "do not fall into 3 groups");
        yield return Case("no groups", () => F.Conv2d(x, w, groups: 0), "groups is 0");
        yield return Case("bias", () => F.Conv2d(x, w, Tensor.Zeros([3])), "each of the 4 outputs");
        yield return Case("stride", () => F.Conv2d(x, w, stride: 0), "stride is 0", "1 or more");
        yield return Case("padding", () => F.Conv2d(x, w, padding: (1, -1)), "padding", "0 or more");
        yield return Case(
            "same with a stride", () => F.Conv2d(x, w, stride: 2, padding: ConvPadding.Same), "same", "stride 1");
        yield return Case("padding of three", () => F.Conv2d(x, w, padding: (1, 1, 1)), "3 numbers", "one or 2");
        yield return Case("type", () => F.Conv2d(x.To(DType.Float64), w), "float64", "float32");
        yield return Case(
            "integers", () => F.Conv2d(x.To(DType.Int64), w.To(DType.Int64)), "int64", "float32 or float64");
        yield return Case(
            "output padding", () =>
                F.ConvTranspose2d(x, Tensor.Zeros([3, 4, 3, 3]), outputPadding: 1), "output padding 1", "less than");
        yield return Case(
            "nothing left", () => F.ConvTranspose2d(x, Tensor.Zeros([3, 4, 1, 1]), padding: 3), "result of -1 entries");
        yield return Case("settings", () => x.Convolution(w, null, [1, 2, 3]), "stride [1, 2, 3]", "one number or 2");
        yield return Case(
            "channels of a layer", () => new Conv2d(3, 4, 3).Forward(Tensor.Zeros([1, 2, 5, 5])), "Conv2d", "weight");
        yield return Case(
            "groups of a layer", () => new Conv1d(3, 4, 3, groups: 2), "3 input and 4 output", "2 groups");
        yield return Case(
            "output size", () => new ConvTranspose2d(3, 4, 3, stride: 2).Forward(x, [20, 11]), "11 to 12");
        yield return Case(
            "mode of a transposed layer", () => new ConvTranspose1d(3, 4, 3, paddingMode: PadMode.Reflect), "Reflect");
        yield return Case("fold", () => F.Fold(Tensor.Zeros([1, 8, 5]), (3, 3), 2), "5", "4");
        yield return Case("channels of a fold", () => F.Fold(Tensor.Zeros([1, 7, 4]), (3, 3), 2), "7", "multiple of 4");

        static TestCaseData Case(string name, Func<object> call, params string[] words) =>
            new TestCaseData(call, words).SetName(name);
    }

    [TestCaseSource(nameof(Mistakes))]
    public void Mistakes_are_named(Func<object> call, string[] words)
    {
        string message = Assert.Catch<ArgumentException>(() => call())!.Message;
        foreach (string word in words)
        {
            Assert.That(message, Does.Contain(word));
        }
    }
}
