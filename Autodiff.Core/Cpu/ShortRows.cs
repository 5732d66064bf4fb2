using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// Rows too short to fill vectors are transposed, a vector's width of them at once: lane r of column j is element j of
/// row r.
/// </summary>
internal static unsafe class ShortRows
{
    /// <summary>The longest row for which the transpose is faster than reducing row by row.</summary>
    public const int Longest = 48;

    /// <summary>Writes rows as columns; lanes without a row hold zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose<T>(T* rows, int count, int length, T* columns, int width) where T : unmanaged
    {
        if (count < width)
        {
            new Span<T>(columns, length * width).Clear();
        }

        for (int r = 0; r < count; r++, rows += length)
        {
            T* lane = columns + r;
            for (int j = 0; j < length; j++, lane += width)
            {
                *lane = rows[j];
            }
        }
    }

    /// <summary>Writes columns back as rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransposeBack<T>(T* columns, int width, T* rows, int count, int length) where T : unmanaged
    {
        for (int r = 0; r < count; r++, rows += length)
        {
            T* lane = columns + r;
            for (int j = 0; j < length; j++, lane += width)
            {
                rows[j] = *lane;
            }
        }
    }
}
