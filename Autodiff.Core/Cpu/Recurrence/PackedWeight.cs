using System.Numerics;

namespace Autodiff.Cpu;

/// <summary>
/// The right factor of many products of few rows, packed once: y = a w or y += a w, on one thread each.
/// </summary>
/// <param name="k">Rows of w.</param>
/// <param name="n">Columns of w.</param>
/// <param name="panels">Memory for <see cref="PackedWeight.Capacity"/> elements.</param>
internal readonly unsafe struct PackedWeight<T, V>(int k, int n, T* panels)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private static int Width => MicroKernel<T, V>.TileColumns;

    private nint Columns => (n + Width - 1) / Width * Width;

    private nint Depth => BlockedGemm<T, V>.Depth(k);

    /// <summary>Packs w, whose rows and columns are that far apart.</summary>
    public void Pack(T* w, nint rows, nint columns)
    {
        for (nint p = 0; p < k; p += Depth)
        {
            Packing<T, V>.Pack(w + (p * rows), columns, rows, Panels.Of(n, Width), Math.Min(Depth, k - p),
                panels + (p * Columns));
        }
    }

    /// <summary>y = a w, or y += a w, for <paramref name="m"/> rows.</summary>
    public void Multiply(nint m, T* a, nint aRows, T* y, nint yRows, bool add)
    {
        if (m == 0)
        {
            return;
        }

        GemmProblem<T> g = new(m, n, k, a, aRows, 1, null, 0, 0, y, yRows, 1) { Accumulate = add };
        bool packs = BlockedGemm<T, V>.PacksA(g, Depth);
        T* rows = packs ? (T*)Scratch.Take(m * Depth * sizeof(T)) : null;
        for (nint p = 0; p < k; p += Depth)
        {
            var pass = new BlockedGemm<T, V>.Pass
            {
                PackedB = true, Panels = panels + (p * Columns), PackedRows = rows,
            };
            BlockedGemm<T, V>.Rows(g, p, Math.Min(Depth, k - p), pass);
        }
    }
}

/// <summary>What <see cref="PackedWeight{T, V}"/> takes, whatever the vectors.</summary>
internal static class PackedWeight
{
    // Elements of the widest panel: two vectors of 64 bytes of float.
    private const int Widest = 32;

    /// <summary>Elements of the packed factor [k, n].</summary>
    public static int Capacity(int k, int n) => checked(k * ((n + Widest - 1) / Widest * Widest));
}
