using System.Runtime.InteropServices;

namespace Autodiff.Tests.Accelerators;

/// <summary>Everything that a backend does, on small shapes, against the processor.</summary>
[NonParallelizable]
public class BackendTests
{
    private static readonly float[] s_special =
        [0, -0f, 1, -1, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e-40f, -3.5f, 88, 0.3f, 7];

    private static IEnumerable<TestCaseData> Exact()
    {
        yield return Case("maps of one operand", x => x.Sigmoid());
        yield return Case("maps with a rare way", x => x.Sin() * 3);
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

    [TestCaseSource(nameof(Exact))]
    public void Bits_are_the_processors(Func<Tensor, Tensor> f)
    {
        foreach (DType type in (DType[])[DType.Float32, DType.Float64])
        {
            Tensor x = Tensor.From<float>(s_special).To(type);
            Tensor expected = f(x), actual = f(x.To(CpuAccelerator.Device)).To(Device.Cpu);
            Assert.That((actual.Shape.ToString(), actual.DType), Is.EqualTo((expected.Shape.ToString(), expected.DType)));
            Assert.That(Bytes(actual), Is.EqualTo(Bytes(expected)), $"{type}\n{actual}\n{expected}");
        }
    }

    private static TestCaseData Case(string name, Func<Tensor, Tensor> f) => new TestCaseData(f).SetArgDisplayNames(name);

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
