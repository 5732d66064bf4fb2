using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// Matrix products of integers, exact up to the wrap of their type: C[i,j] = bias[j] + Σₖ A[i,k] B[k,j]. Rows of C are
/// shared among threads; a strip of a row stays in registers while the sum runs.
/// </summary>
internal static unsafe class IntegerGemm<T> where T : unmanaged, IBinaryInteger<T>
{
    private const int Strip = 4;

    /// <summary>C [batch, m, n] as A [batch, m, k] times B [batch, k, n] plus a row.</summary>
    public static void Run(in TensorView a, in TensorView b, TensorView? bias, in TensorView y, bool relu)
    {
        (int batch, int m, int n) = (y.Layout.Dims[0], y.Layout.Dims[1], y.Layout.Dims[2]);
        using MemoryUse use = MemoryUse.Begin();
        TensorView row = bias ?? y;
        fixed (byte* pa = &a.Memory(use), pb = &b.Memory(use), py = &y.Memory(use), pbias = &row.Memory(use))
        {
            Rows rows = new()
            {
                M = m,
                N = n,
                K = a.Layout.Dims[2],
                A = At(pa, a),
                B = At(pb, b),
                C = At(py, y),
                Bias = bias is null ? null : At(pbias, row),
                StridesA = a.Layout.Strides,
                StridesB = b.Layout.Strides,
                StridesC = y.Layout.Strides,
                Relu = relu,
            };
            T[]? packed = n > 1 && rows.StridesB[2] != 1 ? Pack(ref rows, b.Layout) : null;
            fixed (T* dense = packed)
            {
                rows.B = packed is null ? rows.B : dense;
                ThreadedLoop.For(checked(batch * m), (long)batch * m * n * Math.Max(rows.K, 1), rows);
            }
        }

        static T* At(byte* array, in TensorView view) => (T*)array + view.Offset;
    }

    /// <summary>B with its rows side by side.</summary>
    private static T[] Pack(ref Rows rows, Layout b)
    {
        Layout dense = Layout.Contiguous(b.Dims);
        T[] packed = new T[dense.Count];
        fixed (T* target = packed)
        {
            CopyLoops.Copy(rows.B, b, target, dense);
        }

        rows.StridesB = dense.Strides;
        return packed;
    }

    private struct Rows : IParallelBody
    {
        public int M, N, K;
        public T* A, B, C, Bias;
        public long[] StridesA, StridesB, StridesC;
        public bool Relu;

        public readonly void Run(int part)
        {
            (int t, int i) = Math.DivRem(part, M);
            T* a = A + t * StridesA[0] + i * StridesA[1], b = B + t * StridesB[0],
                c = C + t * StridesC[0] + i * StridesC[1];
            int j = 0;
            for (; j <= N - Strip * Vector<T>.Count; j += Strip * Vector<T>.Count)
            {
                Vector<T> s0 = Vector<T>.Zero, s1 = s0, s2 = s0, s3 = s0;
                T* row = b + j;
                for (int k = 0; k < K; k++, row += StridesB[1])
                {
                    Vector<T> factor = new(a[k * StridesA[2]]);
                    s0 += factor * Vector.Load(row);
                    s1 += factor * Vector.Load(row + Vector<T>.Count);
                    s2 += factor * Vector.Load(row + 2 * Vector<T>.Count);
                    s3 += factor * Vector.Load(row + 3 * Vector<T>.Count);
                }

                Write(c, j, s0);
                Write(c, j + Vector<T>.Count, s1);
                Write(c, j + 2 * Vector<T>.Count, s2);
                Write(c, j + 3 * Vector<T>.Count, s3);
            }

            for (; j < N; j++)
            {
                T sum = T.Zero;
                for (int k = 0; k < K; k++)
                {
                    sum += a[k * StridesA[2]] * b[k * StridesB[1] + j];
                }

                Write(c, j, sum);
            }
        }

        private readonly void Write(T* c, int j, Vector<T> sums)
        {
            for (int l = 0; l < Vector<T>.Count; l++)
            {
                Write(c, j + l, sums[l]);
            }
        }

        private readonly void Write(T* c, int j, T sum)
        {
            sum += Bias == null ? T.Zero : Bias[j];
            c[j * StridesC[2]] = Relu && T.IsNegative(sum) ? T.Zero : sum;
        }
    }
}
