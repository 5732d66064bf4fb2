using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>y[plane, position[plane, i]] += g[plane, i], from zeros, in their order: the gradient of a max pool. y is
/// [planes, Size].</summary>
/// <param name="Size">Entries of a plane of y.</param>
internal readonly unsafe record struct PlaneSumLoop(int Size) : IFusedLoop
{
    private const int ElementsPerPart = 32 * 1024;

    public static string Name => "PlaneSum";

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        long planes = views[2].Count / Size;
        int perPart = (int)Math.Clamp(ElementsPerPart / Size, 1, int.MaxValue);
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* g = &views[0].Memory(use), positions = &views[1].Memory(use), y = &views[2].Memory(use))
        {
            Part<T> body = new()
            {
                G = (T*)g + views[0].Offset, Positions = (long*)positions + views[1].Offset,
                Y = (T*)y + views[2].Offset,
                Size = Size, Each = (int)(views[0].Count / planes), Planes = planes, PerPart = perPart,
            };
            ThreadedLoop.For(Sizes.Parts(planes, perPart), views[2].Count, body);
        }
    }

    private struct Part<T> : IParallelBody where T : unmanaged, INumber<T>
    {
        public T* G, Y;
        public long* Positions;
        public int Size, Each, PerPart;
        public long Planes;

        public readonly void Run(int part)
        {
            long first = (long)part * PerPart, end = Math.Min(Planes, first + PerPart);
            for (long plane = first; plane < end; plane++)
            {
                T* y = Y + plane * Size, g = G + plane * Each;
                long* positions = Positions + plane * Each;
                new Span<T>(y, Size).Clear();
                for (int i = 0; i < Each; i++)
                {
                    y[positions[i]] += g[i];
                }
            }
        }
    }
}
