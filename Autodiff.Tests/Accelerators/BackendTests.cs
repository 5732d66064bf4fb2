using System.Runtime.InteropServices;
using Autodiff.Gpu.Accelerators;

namespace Autodiff.Tests.Accelerators;

/// <summary>Everything that a backend does, on small shapes, against the processor.</summary>
[Parallelizable] // nobody else uses these accelerators beside other tests
public class BackendTests
{
    private static readonly float[] s_special =
        [0, -0f, 1, -1, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e-40f, -3.5f, 88, 0.3f, 7];

    private static IEnumerable<TestCaseData> Exact()
    {
        yield return Case("maps of one operand", x => x.Sigmoid());
        yield return Case("maps with a slow path", x => x.Sin() * 3);
        yield return Case("maps of two", x => x * x.Roll(1, 0));
        yield return Case("maps that repeat", x => x.Reshape(3, 4) + x.Reshape(4, 3).T[..1]);
        yield return Case("maps with steps", x => x.Reshape(3, 4).T.Exp());
        yield return Case("choices", x => Tensor.Where(x.Lt(0), x, x * 2));
        yield return Case("integers", x => (x * 100).To(DType.Int64) * 7);
        yield return Case("bool", x => x.Lt(0.5));
        yield return Case("fills", x => Tensor.Full([5, 3], 2.5, DType.Float64, x.Device));
        yield return Case("copies that turn", x => Big(x).T.Clone());
        yield return Case("copies that lead back", x => x.Reshape(3, 4).Flip(0, 1));
        yield return Case("positions of the largest", x => x.Reshape(3, 4).ArgMax(1));
        yield return Case("positions of the smallest", x => Big(x).ArgMin(0));
        yield return Case("largest", x => x.Reshape(3, 4).Max(1).Values);
        yield return Case("sorts", x => x.Sort(0).Values);
        yield return Case("sorts by falling", x => Big(x).Sort(1, descending: true).Indices);
        yield return Case("sorts of long rows", x => Big(x).Reshape(-1).Sort(0).Indices);
        yield return Case("the largest few", x => Big(x).TopK(3, 1).Values);
        yield return Case("gather", x => Big(x).IndexSelect(0, Positions(x)));
        yield return Case("gather beside", x => Big(x).IndexSelect(1, Positions(x)));
        yield return Case("scatter", x => Tensor.Zeros([9, 20], x.DType, x.Device)
            .IndexAdd(0, Positions(x), Big(x)[..5]));
        yield return Case("running largest", x => Big(x).CumMax(1).Values);
    }

    private static IEnumerable<TestCaseData> Near()
    {
        yield return Case("sums of rows", x => Big(x).Sum(1));
        yield return Case("sums of columns", x => Big(x).Sum(0));
        yield return Case("a sum of all", x => (Big(x) + 1).Sum());
        yield return Case("products", x => (Big(x) + 1.5).Prod(1));
        yield return Case("variances", x => Big(x).Var(1));
        yield return Case(
            "norms beyond the range", x => (Big(x) * (x.DType == DType.Float32 ? 1e30 : 1e300)).Norm(2, 1));
        yield return Case("running sums", x => Big(x).CumSum(1));
        yield return Case("running sums of columns", x => Big(x).CumSum(0));
        yield return Case("sums from behind", x => Big(x).Flip(1).CumSum(1).Flip(1));
        yield return Case("softmax", x => Big(x).Softmax(1));
        yield return Case("softmax of long rows", x => Big(x).Reshape(1, 180).LogSoftmax(1));
        yield return Case("logarithms of sums of powers", x => Big(x).LogSumExp(1));
        yield return Case("products of matrices", x => Big(x).MatMul(Big(x).T));
        yield return Case("products of turned matrices", x => Big(x).T.MatMul(Big(x)));
        yield return Case("products in batches", x => Big(x).Reshape(3, 3, 20).MatMul(Big(x).Reshape(3, 20, 3)));
        yield return Case("sums at positions", x => Tensor.Zeros([9, 20], x.DType, x.Device)
            .IndexAdd(0, Positions(x), Big(x)[..5]));
    }

    [TestCaseSource(nameof(Near))]
    public void Sums_are_as_near_as_their_order_lets_them(Func<Tensor, Tensor> f)
    {
        foreach (Device device in (Device[])[CpuAccelerator.Device, CpuAccelerator.Wide, CpuAccelerator.Single])
        {
            foreach (DType type in (DType[])[DType.Float32, DType.Float64])
            {
                Tensor x = Tensor.Zeros([1], type), expected = f(x), actual = f(x.To(device)).To(Device.Cpu);
                double[] wanted = expected.To(DType.Float64).ToArray<double>();
                double most = wanted.Max(Math.Abs), near = type == DType.Float32 ? 1e-6 : 1e-14;
                Assert.That(
                    actual.To(DType.Float64).ToArray<double>(), Is.EqualTo(wanted).Within(near * most),
                    $"{device} {type}");
            }
        }
    }

    [TestCase(DType.Float32, false)]
    [TestCase(DType.Float64, true)]
    [TestCase(DType.Int32, true)]
    public void A_long_row_is_sorted_by_radix(DType type, bool descending)
    {
        var backend = (AcceleratorBackend)CpuAccelerator.Wide.Backend;
        int before = backend.ShortestRadix;
        try
        {
            backend.ShortestRadix = 300;
            Tensor x = (Tensor.Arange(0.0, 600, 1, DType.Float64).Square().Remainder(37) - 11).To(type);
            (Tensor values, Tensor indices) = x.Sort(0, descending);
            (Tensor sorted, Tensor from) = x.To(CpuAccelerator.Wide).Sort(0, descending);
            Assert.That(Bytes(sorted.To(Device.Cpu)), Is.EqualTo(Bytes(values)));
            Assert.That(Bytes(from.To(Device.Cpu)), Is.EqualTo(Bytes(indices)));
            Assert.That(backend.TrySortPairs(4, 0, 0, 299), Is.False);
        }
        finally
        {
            backend.ShortestRadix = before;
        }
    }

    [TestCase(DType.Int32)]
    [TestCase(DType.Int64)]
    public void Products_of_integers_are_exact_and_wrap(DType type)
    {
        Tensor a = (Tensor.Arange(0L, 35, 1, type).Reshape(5, 7) - 11) * 100_003;
        Tensor b = Tensor.Arange(0L, 21, 1, type).Reshape(7, 3) * 99_991;
        Tensor y = a.To(CpuAccelerator.Device).MatMul(b.To(CpuAccelerator.Device)).To(Device.Cpu);
        Assert.That(Bytes(y), Is.EqualTo(Bytes(a.MatMul(b))));
    }

    [Test]
    public void Of_nothing_a_product_is_the_row_that_is_added()
    {
        Tensor row = Tensor.From(1.0, 2, 3).To(CpuAccelerator.Device);
        Tensor a = New(1, 2, 0), b = New(1, 0, 3), y = New(1, 2, 3);
        CpuAccelerator.Device.Backend.MatMul(a.View, b.View, row.View, y.View);
        Assert.That(y.To(Device.Cpu).ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3, 1, 2, 3 }));

        static Tensor New(params int[] shape) => Tensor.Zeros(new(shape), DType.Float64, CpuAccelerator.Device);
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Philox_draws_the_processors_numbers(DType type)
    {
        Assert.That(Draw(CpuAccelerator.Device), Is.EqualTo(Draw(Device.Cpu)).AsCollection);

        double[] Draw(Device device)
        {
            PhiloxGenerator generator = new(5);
            return [.. Tensor.Rand([37], type, device, generator).To(Device.Cpu).To(DType.Float64).ToArray<double>(),
                .. Tensor.Randn([37], type, device, generator).To(Device.Cpu).To(DType.Float64).ToArray<double>()];
        }
    }

    [TestCaseSource(nameof(Exact))]
    public void Bits_are_the_processors(Func<Tensor, Tensor> f)
    {
        foreach (Device device in (Device[])[CpuAccelerator.Device, CpuAccelerator.Single])
        {
            foreach (DType type in (DType[])[DType.Float32, DType.Float64])
            {
                Tensor x = Tensor.From<float>(s_special).To(type);
                Tensor expected = f(x), actual = f(x.To(device)).To(Device.Cpu);
                Assert.That((actual.Shape.ToString(), actual.DType),
                    Is.EqualTo((expected.Shape.ToString(), expected.DType)));
                Assert.That(Bytes(actual), Is.EqualTo(Bytes(expected)), $"{device} {type}\n{actual}\n{expected}");
            }
        }
    }

    [Test]
    public void Blocks_of_one_thread_compute_what_is_left_over_of_large_tensors()
    {
        Tensor x = Tensor.Ones([(1 << 22) + 3], device: CpuAccelerator.Single), y = x.Neg();
        Assert.That(y.To(Device.Cpu)[^3..].ToArray<float>(), Is.All.EqualTo(-1));
    }

    private static TestCaseData Case(string name, Func<Tensor, Tensor> f) =>
        new TestCaseData(f).SetArgDisplayNames(name);

    private static Tensor Big(Tensor x) =>
        (Tensor.Arange(0.0, 180, 1, x.DType, x.Device).Reshape(9, 20) * 0.7).Sin();

    private static Tensor Positions(Tensor x) => Tensor.From<long>([3L, 0, 3, 8, 1]).To(x.Device);

    private static byte[] Bytes(Tensor x) => x.DType switch
    {
        DType.Float32 => MemoryMarshal.AsBytes<float>(x.ToArray<float>()).ToArray(),
        DType.Float64 => MemoryMarshal.AsBytes<double>(x.ToArray<double>()).ToArray(),
        DType.Int64 => MemoryMarshal.AsBytes<long>(x.ToArray<long>()).ToArray(),
        DType.Int32 => MemoryMarshal.AsBytes<int>(x.ToArray<int>()).ToArray(),
        _ => [.. x.ToArray<bool>().Select(static b => b ? (byte)1 : (byte)0)],
    };
}
