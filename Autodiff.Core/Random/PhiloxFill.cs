using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Cpu;

namespace Autodiff;

/// <summary>Philox's numbers on the processor.</summary>
internal static unsafe class PhiloxFill
{
    private const int Chunk = 256;

    public static (uint X0, uint X1, uint X2, uint X3) Block(ulong key, ulong number)
    {
        (PhiloxWord x0, PhiloxWord x1, PhiloxWord x2, PhiloxWord x3) = Philox.Block<PhiloxWord>(
            new((uint)number), new((uint)(number >> 32)), default, default, new((uint)key), new((uint)(key >> 32)));
        return (x0.Value, x1.Value, x2.Value, x3.Value);
    }

    public static void Fill(in PhiloxDraw draw, Span<float> y)
    {
        if (draw.Kind == PhiloxKind.Choice)
        {
            Choose(draw, y, (float)draw.A, (float)draw.B);
            return;
        }

        float* u = stackalloc float[Chunk], v = stackalloc float[Chunk];
        ulong block = draw.Offset;
        for (; !y.IsEmpty; y = y[Math.Min(y.Length, Chunk)..])
        {
            Span<float> part = y[..Math.Min(y.Length, Chunk)];
            for (int i = 0; i < part.Length; i += 4)
            {
                (uint x0, uint x1, uint x2, uint x3) = Block(draw.Key, block++);
                if (draw.Kind == PhiloxKind.Uniform)
                {
                    (u[i], u[i + 1], u[i + 2], u[i + 3]) = (Unit(x0), Unit(x1), Unit(x2), Unit(x3));
                }
                else
                {
                    (u[i / 2], v[i / 2], u[(i / 2) + 1], v[(i / 2) + 1]) = (Positive(x0), Unit(x1), Positive(x2),
                        Unit(x3));
                }
            }

            Finish(draw, u, v, part);
        }

        static float Unit(uint word) => (word >> 8) * (1f / (1 << 24));

        static float Positive(uint word) => MathF.FusedMultiplyAdd(word, 1f / (1L << 32), 1f / (1L << 33));
    }

    public static void Fill(in PhiloxDraw draw, Span<double> y)
    {
        if (draw.Kind == PhiloxKind.Choice)
        {
            Choose(draw, y, draw.A, draw.B);
            return;
        }

        double* u = stackalloc double[Chunk], v = stackalloc double[Chunk];
        ulong block = draw.Offset;
        for (; !y.IsEmpty; y = y[Math.Min(y.Length, Chunk)..])
        {
            Span<double> part = y[..Math.Min(y.Length, Chunk)];
            for (int i = 0; i < part.Length; i += 2)
            {
                (uint x0, uint x1, uint x2, uint x3) = Block(draw.Key, block++);
                ulong first = (((ulong)x1 << 32) | x0) >> 11, second = (((ulong)x3 << 32) | x2) >> 11;
                if (draw.Kind == PhiloxKind.Uniform)
                {
                    (u[i], u[i + 1]) = (first * (1.0 / (1L << 53)), second * (1.0 / (1L << 53)));
                }
                else
                {
                    (u[i / 2], v[i / 2]) = ((first + 1) * (1.0 / (1L << 53)), second * (1.0 / (1L << 53)));
                }
            }

            Finish(draw, u, v, part);
        }
    }

    public static void Fill(in PhiloxDraw draw, Span<bool> y) => Choose(draw, y, draw.A != 0, draw.B != 0);

    private static void Choose<T>(in PhiloxDraw draw, Span<T> y, T below, T otherwise)
    {
        ulong block = draw.Offset;
        for (int i = 0; i < y.Length; i += 4)
        {
            (uint x0, uint x1, uint x2, uint x3) = Block(draw.Key, block++);
            ReadOnlySpan<uint> words = [x0, x1, x2, x3];
            for (int j = 0; j < Math.Min(4, y.Length - i); j++)
            {
                y[i + j] = words[j] < draw.Threshold ? below : otherwise;
            }
        }
    }

    private static void Finish<T>(in PhiloxDraw draw, T* u, T* v, Span<T> part)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        ((delegate*<in PhiloxDraw, T*, T*, Span<T>, void>)Lanes.FloatLoop<FinishLoop, T>())(draw, u, v, part);

    private readonly struct FinishLoop : IFloatLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> => (delegate*<in PhiloxDraw, T*, T*, Span<T>, void>)&Finish<V, T>;
    }

    // Whole vectors, over the end of what is wanted: the buffers are padded.
    private static void Finish<V, T>(in PhiloxDraw draw, T* u, T* v, Span<T> part)
        where V : struct, ILanes<V, T> where T : unmanaged
    {
        if (draw.Kind == PhiloxKind.Uniform)
        {
            V from = V.Const(draw.A), to = V.Const(draw.B);
            for (int i = 0; i < part.Length; i += V.Width)
            {
                Philox.Uniform(V.Load(u + i), from, to).Store(u + i);
            }

            new ReadOnlySpan<T>(u, part.Length).CopyTo(part);
            return;
        }

        V mean = V.Const(draw.A), std = V.Const(draw.B);
        for (int i = 0; i < (part.Length + 1) / 2; i += V.Width)
        {
            (V a, V b) = Philox.Normals(V.Load(u + i), V.Load(v + i), mean, std);
            a.Store(u + i);
            b.Store(v + i);
        }

        for (int i = 0; i < part.Length; i++)
        {
            part[i] = i % 2 == 0 ? u[i / 2] : v[i / 2];
        }
    }
}
