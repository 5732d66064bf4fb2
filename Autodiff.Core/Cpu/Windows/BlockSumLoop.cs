using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// Blocks x [images, kernel, rows, columns] added up where they lie in images y [images, height, width], from zeros,
/// one entry of the kernel after the other; what lies in the padding is left out.
/// </summary>
/// <param name="Height">The blocks along the height.</param>
/// <param name="Width">Along the width.</param>
internal readonly unsafe record struct BlockSumLoop(BlockSide Height, BlockSide Width) : IFusedLoop
{
    private const int ElementsPerPart = 32 * 1024;

    public static string Name => "Fold";

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        long image = (long)Height.Size * Width.Size, images = views[1].Count / image, each = views[0].Count / images;
        int perPart = (int)Math.Clamp(ElementsPerPart / Math.Max(image, each), 1, int.MaxValue);
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* x = &views[0].Memory(use), y = &views[1].Memory(use))
        {
            Part<T, V> body = new()
            {
                X = (T*)x + views[0].Offset, Y = (T*)y + views[1].Offset, Height = Height, Width = Width,
                Image = image, Each = each, Images = images, PerPart = perPart,
            };
            ThreadedLoop.For(Sizes.Parts(images, perPart), views[0].Count, body);
        }
    }

    private struct Part<T, V> : IParallelBody
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
    {
        public T* X, Y;
        public BlockSide Height, Width;
        public long Image, Each, Images;
        public int PerPart;

        public readonly void Run(int part)
        {
            long first = (long)part * PerPart, end = Math.Min(Images, first + PerPart);
            for (long image = first; image < end; image++)
            {
                T* x = X + image * Each, y = Y + image * Image;
                for (long i = 0; i < Image; i += int.MaxValue)
                {
                    new Span<T>(y + i, (int)Math.Min(Image - i, int.MaxValue)).Clear();
                }

                for (int down = 0; down < Height.Kernel; down++)
                {
                    for (int right = 0; right < Width.Kernel; right++, x += (long)Height.Count * Width.Count)
                    {
                        Entry(x, y, down, right);
                    }
                }
            }
        }

        /// <summary>Adds one entry of all blocks.</summary>
        private readonly void Entry(T* x, T* y, int down, int right)
        {
            (int top, int bottom) = Height.Inside(down);
            (int left, int behind) = Width.Inside(right);
            for (int o = top; o < bottom; o++)
            {
                T* from = x + (long)o * Width.Count;
                T* to = y + Height.At(o, down) * Width.Size + Width.At(left, right);
                Row(from + left, to, behind - left, Width.Step);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Row(T* from, T* to, nint count, nint step)
        {
            nint i = 0;
            if (step == 1)
            {
                for (; i <= count - V.Width; i += V.Width)
                {
                    (V.Load(to + i) + V.Load(from + i)).Store(to + i);
                }

                if (i < count)
                {
                    V mask = V.First(count - i);
                    (V.Load(to + i, mask) + V.Load(from + i, mask)).Store(to + i, mask);
                }

                return;
            }

            for (; i < count; i++)
            {
                to[i * step] += from[i];
            }
        }
    }
}
