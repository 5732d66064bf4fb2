using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>Running combinations along rows, one element after the other; rows are shared by threads.</summary>
internal static unsafe class ScanDriver<TOp, T, V>
    where TOp : unmanaged, IReduction
    where T : unmanaged, INumber<T>
    where V : struct, ILanes<V, T>
{
    private const int Block = 512;
    private const int ElementsPerPart = 16 * 1024;

    public static void Run(TOp op, in TensorView x, in TensorView y)
    {
        long length = x.Layout.Rank == 0 ? 1 : x.Layout.Dims[^1];
        if (x.Count == 0)
        {
            return;
        }

        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* source = &x.Memory(use), target = &y.Memory(use))
        {
            Rows body = new()
            {
                Op = op, X = x, Y = y, From = source, To = target,
                Count = x.Count / length, Length = length, PerPart = Math.Max(1, ElementsPerPart / length),
            };
            ThreadedLoop.For(Sizes.Parts(body.Count, body.PerPart), x.Count, body);
        }
    }

    private struct Rows : IParallelBody
    {
        public TOp Op;
        public TensorView X, Y;
        public byte* From, To;
        public long Count, Length, PerPart;

        [SkipLocalsInit]
        public readonly void Run(int part)
        {
            T* buffer = stackalloc T[Block], results = stackalloc T[Block];
            long first = part * PerPart, end = Math.Min(Count, first + PerPart);
            ElementCursor<T> from = default, to = default;
            from.Start(X, From, first * Length);
            to.Start(Y, To, first * Length);
            for (long row = first; row < end; row++)
            {
                T last = Op.Identity<V>()[0];
                for (long done = 0; done < Length; done += Block)
                {
                    int n = (int)Math.Min(Block, Length - done);
                    T* target = to.Target(n, results);
                    last = Scan(Op, from.Read(n, buffer), target, n, last);
                    to.Write(n, target);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static T Scan(TOp op, T* x, T* y, int n, T last)
        {
            V sum = V.Broadcast(last);
            for (int i = 0; i < n; i++)
            {
                sum = op.Combine(sum, op.Map(V.Broadcast(x[i])));
                y[i] = sum[0];
            }

            return sum[0];
        }
    }
}
