using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>
/// Gradients, and gradients of gradients, of layers against differences, where no other test has them. What is linear
/// is given squares, so that its second derivatives are not all zero.
/// </summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
public class LayerGradientTests(string device) : DeviceFixture(device)
{
    private static readonly int[] Line = [1, 2, 7], Image = [1, 2, 3, 4], Volume = [1, 1, 3, 4, 3];

    private static IEnumerable<TestCaseData> Functions() => [.. Pools(), .. Samplings(), .. Others(), .. Paddings()];

    private static TestCaseData Row(string name, int[] shape, Func<Tensor, Tensor> f) =>
        new TestCaseData(shape, f).SetArgDisplayNames(name);

    private static IEnumerable<TestCaseData> Pools()
    {
        yield return Row("LPPool1d", Line, x => F.LPPool1d(x.Exp(), 3, 2));
        yield return Row("LPPool1d, windows that overlap", Line, x => F.LPPool1d(x, 2, 3, 2));
        yield return Row("LPPool1d, ceil", Line, x => F.LPPool1d(x.Exp(), 1.5, 4, 2, ceilMode: true));
        yield return Row("LPPool3d", Volume, x => F.LPPool3d(x.Exp(), 3, (2, 3, 2), (1, 1, 2), ceilMode: true));
        yield return Row("AdaptiveAvgPool1d", Line, x => F.AdaptiveAvgPool1d(x.Square(), 3));
        yield return Row("AdaptiveAvgPool3d", Volume, x => F.AdaptiveAvgPool3d(x.Square(), 2, 5, null));
        yield return Row("AdaptiveMaxPool1d", Line, x => F.AdaptiveMaxPool1d(x.Square(), 3));
        yield return Row("AdaptiveMaxPool3d", Volume, x => F.AdaptiveMaxPool3d(x.Square(), 2, 3, null));
        yield return Row("MaxUnpool1d", Line, x => F.MaxPool1dWithIndices(x, 3, 2) is var (y, at)
            ? F.MaxUnpool1d(y.Square(), at, 3, 2) : x);
        yield return Row("MaxUnpool3d", Volume, x => F.MaxPool3dWithIndices(x, (2, 2, 1)) is var (y, at)
            ? F.MaxUnpool3d(y.Square(), at, (2, 2, 1), outputSize: (3, 4, 3)) : x);
        yield return Row("FractionalMaxPool3d", Volume, x => F.FractionalMaxPool3d(
            x.Square(), (2, 1, 2), (2, 3, 2), generator: new TorchGenerator(3)).Values);
        yield return Row("PixelUnshuffle", [1, 1, 4, 6], x => F.PixelUnshuffle(x.Square(), 2));
        yield return Row("ChannelShuffle", [2, 6, 2], x => F.ChannelShuffle(x.Square(), 3));
    }

    private static IEnumerable<TestCaseData> Samplings()
    {
        Tensor volume = GradientCheck.Sample(Volume, 3), places = GradientCheck.Sample([1, 1, 2, 2, 3], 4, -0.9, 0.9);
        foreach (GridSamplePadding padding in Enum.GetValues<GridSamplePadding>())
        {
            yield return Row($"GridSample of a volume, {padding}", Volume,
                x => F.GridSample(x.Square(), (places * 1.3).To(Device.Current), paddingMode: padding));
            yield return Row($"GridSample at places in a volume, {padding}", [1, 1, 2, 2, 3],
                x => F.GridSample(volume.To(Device.Current), x * 0.45, paddingMode: padding, alignCorners: true));
        }

        yield return Row("GridSample of a volume, nearest", Volume,
            x => F.GridSample(x.Square(), places.To(Device.Current), GridSampleMode.Nearest));
        yield return Row("GridSample of a volume at places in it", [1, 1, 2, 2, 3],
            x => F.GridSample(x.Square(), x * 0.45));
        yield return Row("nearest-exact in one dimension", Line,
            x => F.Interpolate(x.Square(), [10], mode: InterpolationMode.NearestExact));
        yield return Row("nearest-exact in two dimensions", Image,
            x => F.Interpolate(x.Square(), [2, 7], mode: InterpolationMode.NearestExact));
        yield return Row("nearest-exact in three dimensions", Volume,
            x => F.Interpolate(x.Square(), scaleFactor: [0.6, 1.5, 2], mode: InterpolationMode.NearestExact));
        yield return Row("trilinear", Volume,
            x => F.Interpolate(x.Square(), [2, 5, 4], mode: InterpolationMode.Trilinear));
    }

    private static IEnumerable<TestCaseData> Others()
    {
        yield return Row("PDist", [4, 3], x => F.PDist(x));
        yield return Row("PDist of order 1", [4, 3], x => F.PDist(x.Square(), 1));
        yield return Row("PDist of order 3", [4, 3], x => F.PDist(x, 3));
        yield return Row("PDist of the largest", [4, 3], x => F.PDist(x.Square(), double.PositiveInfinity));
        yield return Row("GumbelSoftmax", [3, 4], x => F.GumbelSoftmax(x, 0.7, generator: new TorchGenerator(2)));
        yield return Row("GumbelSoftmax of columns", [3, 4],
            x => F.GumbelSoftmax(x, 2, dim: 0, generator: new TorchGenerator(2)));
        yield return Row("RReLU in evaluation", [3, 4], x => new RReLU(0.1, 0.4).Eval().Forward(x.Pow(3)));
        yield return Row("TripletMarginWithDistanceLoss", [3, 4, 3], x => F.TripletMarginWithDistanceLoss(
            x[0], x[1], x[2], (a, b) => (a - b).Square().Sum(-1).Sqrt(), margin: 9, reduction: Reduction.None));
        yield return Row("TripletMarginWithDistanceLoss, swapped", [3, 4, 3], x => F.TripletMarginWithDistanceLoss(
            x[0], x[1], x[2], (a, b) => 1 - F.CosineSimilarity(a, b), margin: 3, swap: true));
    }

    private static IEnumerable<TestCaseData> Paddings()
    {
        (PadMode Mode, Func<int[], Module>[] Make)[] kinds =
        [
            (PadMode.Constant, [p => new ConstantPad1d(p, 3), p => new ConstantPad2d(p, 3), p => new ZeroPad3d(p)]),
            (PadMode.Reflect, [p => new ReflectionPad1d(p), p => new ReflectionPad2d(p), p => new ReflectionPad3d(p)]),
            (PadMode.Replicate,
                [p => new ReplicationPad1d(p), p => new ReplicationPad2d(p), p => new ReplicationPad3d(p)]),
            (PadMode.Circular, [p => new CircularPad1d(p), p => new CircularPad2d(p), p => new CircularPad3d(p)]),
        ];
        int[][] pads = [[2, 0], [-2, 5], [3, 1, 2, 0], [-1, 2, 1, -2], [2, 1, 0, 3, 1, 2], [-1, 0, 2, -2, -1, 2]];
        foreach ((PadMode mode, Func<int[], Module>[] make) in kinds)
        {
            foreach (int[] pad in pads)
            {
                int rank = pad.Length / 2;
                yield return Row($"{mode} [{string.Join(", ", pad)}]", rank == 1 ? Line : rank == 2 ? Image : Volume,
                    x => make[rank - 1](pad).Forward(x.Square()));
            }
        }
    }

    [TestCaseSource(nameof(Functions))]
    public void Both_orders_agree_with_differences(int[] shape, Func<Tensor, Tensor> f) =>
        GradientCheck.Second(f, GradientCheck.Sample(shape, 12), 1e-4);

    private static IEnumerable<TestCaseData> Modules()
    {
        yield return Layer("BatchNorm2d in evaluation", [2, 3, 2, 1], () => Moved(new BatchNorm2d(3)));
        yield return Layer("InstanceNorm1d in evaluation", [2, 3, 2],
            () => Moved(new InstanceNorm1d(3, affine: true, trackRunningStats: true)));
        yield return Layer("MultiheadAttention", [3, 1, 4], () => new MultiheadAttention(4, 2),
            (m, x) => ((MultiheadAttention)m).Forward(x, x, x) is var (y, weights)
                ? Tensor.Cat([y, weights!.Transpose(0, 1)], 2) : x);
        yield return Layer("MultiheadAttention without weights, learned and zero keys", [3, 1, 4],
            () => new MultiheadAttention(4, 2, addBiasKv: true, addZeroAttn: true),
            (m, x) => ((MultiheadAttention)m).Forward(
                x, x.Square(), x, needWeights: false, attnMask: Tensor.Ones([3, 3], DType.Bool).Triu(1)).Output);
        yield return Layer("TransformerEncoderLayer", [1, 3, 4],
            () => new TransformerEncoderLayer(4, 2, 5, 0, x => x.Gelu(), batchFirst: true));
        yield return Layer("TransformerEncoderLayer, norm first", [3, 1, 4],
            () => new TransformerEncoderLayer(4, 1, 5, 0, x => x.Tanh(), normFirst: true, bias: false),
            (m, x) => ((TransformerEncoderLayer)m).Forward(x, null, isCausal: false));
        yield return Layer("TransformerDecoderLayer", [3, 1, 4],
            () => new TransformerDecoderLayer(4, 2, 5, 0, x => x.Gelu()),
            (m, x) => ((TransformerDecoderLayer)m).Forward(x, x.Square()[..2]));
        yield return Layer("Transformer", [3, 1, 4], () => new Transformer(4, 2, 1, 1, 5, 0, x => x.Tanh()),
            (m, x) => ((Transformer)m).Forward(x, x.Square()[1..]));
        yield return Layer("AdaptiveLogSoftmaxWithLoss", [4, 6],
            () => new AdaptiveLogSoftmaxWithLoss(6, 9, [3, 6], 2, headBias: true),
            (m, x) => ((AdaptiveLogSoftmaxWithLoss)m).Forward(x, Tensor.From(1L, 8, 4, 2)).Output);
        yield return Layer("AdaptiveLogSoftmaxWithLoss, every class", [2, 6],
            () => new AdaptiveLogSoftmaxWithLoss(6, 9, [3, 6], 2),
            (m, x) => ((AdaptiveLogSoftmaxWithLoss)m).LogProb(x));
    }

    private static TestCaseData Layer(
        string name, int[] shape, Func<Module> make, Func<Module, Tensor, Tensor>? run = null) =>
        new TestCaseData(shape, make, run ?? ((m, x) => m.Forward(x.Square()))).SetArgDisplayNames(name);

    /// <summary>A norm in evaluation, whose running figures a batch has moved.</summary>
    private static Module Moved(Module norm)
    {
        norm.Forward(Tensor.Randn(norm is BatchNorm2d ? [4, 3, 2, 2] : [4, 3, 3], generator: new TorchGenerator(1)));
        return norm.Eval();
    }

    /// <summary>To the input twice, and to the parameters and then the input.</summary>
    [TestCaseSource(nameof(Modules))]
    public void Both_orders_of_a_module_agree_with_differences(
        int[] shape, Func<Module> make, Func<Module, Tensor, Tensor> run)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(run);
        Tensor.ManualSeed(4);
        Module module = make().To(DType.Float64);
        Tensor x = GradientCheck.Sample(shape, 13);
        GradientCheck.Second(t => run(module, t), x, 1e-4);
        Tensor[] parameters = [.. module.Parameters()];
        GradientCheck.First(
            t =>
            {
                Tensor y = run(module, t);
                Tensor seed = JsonFixture.Seed(y.Shape).To(y.Device);
                Tensor?[] gradients = Autograd.Grad([y], parameters, [seed], createGraph: true);
                return Tensor.Cat([.. gradients.Select(g => g!.Reshape(-1))]);
            },
            x, 1e-4);
    }
}
