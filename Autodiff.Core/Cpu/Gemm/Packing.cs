using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>How the lanes of an operand (rows of A, columns of B) are distributed over panels.</summary>
/// <param name="Lanes">All lanes.</param>
/// <param name="Width">Lanes of a panel.</param>
/// <param name="Larger">How many panels, the first ones, have one lane more.</param>
internal readonly record struct Panels(nint Lanes, nint Width, nint Larger)
{
    /// <summary>Panels of <paramref name="width"/> lanes; the last is filled up with zeros.</summary>
    public static Panels Of(nint lanes, nint width) => new(lanes, width, 0);

    /// <summary>As few panels of at most <paramref name="most"/> lanes as will do, as equal as can be.</summary>
    public static Panels Even(nint lanes, nint most)
    {
        nint count = (lanes + most - 1) / most;
        return new(lanes, lanes / count, lanes % count);
    }

    /// <summary>The first lane of a panel.</summary>
    public nint Start(nint panel) => (panel * Width) + Math.Min(panel, Larger);

    /// <summary>The lanes of a panel, its zeros included: so many numbers for each step of k.</summary>
    public nint WidthOf(nint panel) => panel < Larger ? Width + 1 : Width;

    public nint Count => (Lanes - Larger + Width - 1) / Width;
}

/// <summary>
/// Copies a slab of an operand into the order in which the micro-kernel reads it: panel by panel, and in a panel, for
/// each step of k, its lanes side by side. Any strides will do, so a transposed or broadcast operand needs no copy of
/// its own.
/// </summary>
internal static unsafe class Packing<T, V>
    where T : unmanaged
    where V : unmanaged, IFloatLanes<V, T>
{
    // Steps of k copied of a panel in an iteration: whole cache lines are written, and few rows are read at a time.
    private const int Rows = 8;

    /// <summary>
    /// to[start·depth + p·width + l] = from[(start + l)·laneStride + p·depthStride] for each panel, with zeros for
    /// lanes that the operand lacks.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(T* from, nint laneStride, nint depthStride, Panels panels, nint depth, T* to)
    {
        if (laneStride == 1)
        {
            for (nint p = 0; p < depth; p += Rows)
            {
                nint rows = Math.Min(Rows, depth - p);
                CopyRows(from + (p * depthStride), depthStride, panels, rows, depth, p, to);
            }

            return;
        }

        for (nint panel = 0; panel < panels.Count; panel++)
        {
            nint start = panels.Start(panel), width = panels.WidthOf(panel),
                lanes = Math.Min(width, panels.Lanes - start);
            T* source = from + (start * laneStride), target = to + (start * depth);
            if (lanes < width)
            {
                new Span<T>(target, (int)(width * depth)).Clear();
            }

            if (depthStride == 1 && Transposition.IsFor<T>())
            {
                Transposition.Run((float*)source, laneStride, lanes, depth, (float*)target, width);
            }
            else
            {
                CopyLoops.Move(source, depthStride, laneStride, target, width, 1, depth, lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(T* from, nint stride, Panels panels, nint rows, nint depth, nint p, T* to)
    {
        nint count = panels.Count;
        for (nint panel = 0; panel < count; panel++)
        {
            nint start = panels.Start(panel), width = panels.WidthOf(panel),
                lanes = Math.Min(width, panels.Lanes - start);
            T* source = from + start, target = to + (start * depth) + (p * width);
            nint whole = lanes / V.Width * V.Width;
            V read = V.First(lanes - whole), written = V.First(width - whole);
            for (nint row = 0; row < rows; row++)
            {
                for (nint l = 0; l < whole; l += V.Width)
                {
                    V.Load(source + l).Store(target + l);
                }

                if (whole < width)
                {
                    V.Load(source + whole, read).Store(target + whole, written);
                    for (nint l = whole + V.Width; l < width; l += V.Width)
                    {
                        default(V).Store(target + l);
                    }
                }

                source += stride;
                target += width;
            }
        }
    }
}
