using System.Numerics;
using System.Runtime.InteropServices;
using Autodiff.Cpu;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>A product C [m, n] = op(A) op(B) of row-major matrices, op a transpose where said.</summary>
internal readonly record struct GemmShape(string Use, int M, int N, int K, bool TransposeA = false,
    bool TransposeB = false)
{
    /// <summary>Square matrices.</summary>
    public static IReadOnlyList<GemmShape> Squares { get; } =
        [.. new[] { 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536,
            2048 }.Select(static n => new GemmShape("", n, n, n))];

    /// <summary>
    /// The products of the labs' networks: forward x wᵀ, gradient of the input g w, gradient of the weight gᵀ x.
    /// </summary>
    public static IReadOnlyList<GemmShape> OfTheLabs { get; } =
    [
        .. Layer("lab network", 5000, 20, 256, first: true),
        .. Layer("lab network", 5000, 256, 256),
        .. Layer("lab network", 5000, 256, 1),
        .. Layer("MLP", 64, 784, 256, first: true),
        .. Layer("MLP", 64, 256, 10),
        .. Layer("logistic regression", 500, 784, 1, first: true),
    ];

    public double Operations => 2.0 * M * N * K;

    public bool IsSquare => M == N && N == K;

    /// <summary>Whether it should be as fast as OpenBLAS's, not nearly: shapes that were far behind once.</summary>
    public bool HasGoalOfOne => (M, N, K) is (64, 10, 256) or (64, 256, 10) or (256, 256, 5000);

    /// <summary>The three products of a linear layer, two for a network's first.</summary>
    public static IEnumerable<GemmShape> Layer(string network, int batch, int inputs, int outputs, bool first = false)
    {
        yield return new($"{network}, forward", batch, outputs, inputs, TransposeB: true);
        yield return new($"{network}, weight's gradient", outputs, inputs, batch, TransposeA: true);
        if (!first)
        {
            yield return new($"{network}, input's gradient", batch, inputs, outputs);
        }
    }

    /// <summary>The product by our engine.</summary>
    public unsafe void Multiply(float* a, float* b, float* c) =>
        Gemm.Multiply(M, N, K, a, TransposeA ? 1 : K, TransposeA ? M : 1, b, TransposeB ? 1 : N, TransposeB ? K : 1, c,
            N, 1, accumulate: false);

    public override string ToString() => $"{M}x{N}x{K}{(Use.Length == 0 ? "" : $" ({Use})")}";
}

/// <summary>Memory for a product's matrices, aligned and filled; D is a second result, for the peer.</summary>
internal sealed unsafe class Operands<T> : IDisposable where T : unmanaged, INumber<T>
{
    public Operands(int m, int n, int k)
    {
        A = Allocate(m * k);
        B = Allocate(k * n);
        C = Allocate(m * n);
        D = Allocate(m * n);
    }

    public T* A { get; }

    public T* B { get; }

    public T* C { get; }

    public T* D { get; }

    public void Dispose()
    {
        NativeMemory.AlignedFree(A);
        NativeMemory.AlignedFree(B);
        NativeMemory.AlignedFree(C);
        NativeMemory.AlignedFree(D);
    }

    private static T* Allocate(int count)
    {
        T* memory = (T*)NativeMemory.AlignedAlloc((nuint)count * (nuint)sizeof(T), 4096);
        Random random = new(count);
        for (int i = 0; i < count; i++)
        {
            memory[i] = T.CreateChecked(random.NextDouble() - 0.5);
        }

        return memory;
    }
}
