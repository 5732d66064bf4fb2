using System.Numerics.Tensors;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// Reductions of a vector, and softmax, whole calls on tensors whose results are disposed, beside TensorPrimitives.
/// </summary>
internal static class ReductionSection
{
    private const string Section = "Reductions, 64 Ki float32";
    private const int Count = 64 * 1024;

    public static void Run(Comparison comparison)
    {
        float[] a = new float[Count], b = new float[Count], result = new float[Count];
        Random random = new(1);
        for (int i = 0; i < Count; i++)
        {
            (a[i], b[i]) = (random.NextSingle() - 0.5f, random.NextSingle() - 0.5f);
        }

        // A product that neither vanishes nor overflows: arithmetic with subnormal numbers is another matter.
        float[] factors = new float[Count];
        Array.Fill(factors, 1);
        Tensor x = Tensor.From(a), y = Tensor.From(b), ones = Tensor.From(factors);
        float sink = 0;
        Add("Sum", () => x.Sum(), () => sink += TensorPrimitives.Sum(a));
        Add("Mean", () => x.Mean(), () => sink += TensorPrimitives.Average<float>(a));
        Add("Amax", () => x.Amax([]), () => sink += TensorPrimitives.Max(a));
        Add("Amin", () => x.Amin([]), () => sink += TensorPrimitives.Min(a));
        Add("ArgMax", () => x.ArgMax(), () => sink += TensorPrimitives.IndexOfMax(a));
        Add("Norm", () => x.Norm(), () => sink += TensorPrimitives.Norm(a));
        Add("Dot", () => x.Dot(y), () => sink += TensorPrimitives.Dot(a, b));
        Add("Prod", () => ones.Prod(), () => sink += TensorPrimitives.Product(factors));
        Add("Std", () => x.Std(), () => sink += TensorPrimitives.StdDev<float>(a));
        Add("Softmax", () => x.Softmax(0), () => TensorPrimitives.SoftMax(a, result));
        GC.KeepAlive(sink);

        void Add(string name, Func<Tensor> ours, Action peer)
        {
            double?[] seconds = comparison.Kernels(1).Run(Contender.Of(() => ours().Dispose()), Contender.Of(peer));
            comparison.Add(Row.Of(Section, name, seconds[0] / Count * 1e9, seconds[1] / Count * 1e9, "TensorPrimitives",
                "ns/element", Better.Lower, 1));
        }
    }
}
