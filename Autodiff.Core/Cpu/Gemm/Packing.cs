using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Cpu;

/// <summary>How the lanes of an operand (rows of A, columns of B) are dealt to panels.</summary>
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

    /// <summary>The place of a panel, which takes this many numbers for each step of k.</summary>
    public nint Room(nint panel) => panel < Larger ? Width + 1 : Width;

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
    // Steps of k copied before the next panel's turn: whole cache lines are written, and few rows are read at a time.
    private const int Rows = 8;

    /// <summary>
    /// to[start·depth + p·room + l] = from[(start + l)·laneStride + p·depthStride] for each panel, with zeros for lanes
    /// that the operand lacks.
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
            nint start = panels.Start(panel), room = panels.Room(panel), lanes = Math.Min(room, panels.Lanes - start);
            T* source = from + (start * laneStride), target = to + (start * depth);
            if (lanes < room)
            {
                new Span<T>(target, (int)(room * depth)).Clear();
            }

            if (depthStride == 1 && sizeof(T) == 4 && (Sse.IsSupported || AdvSimd.Arm64.IsSupported))
            {
                Transpose((float*)source, laneStride, lanes, depth, (float*)target, room);
            }
            else
            {
                Gather(source, laneStride, depthStride, lanes, depth, target, room);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(T* from, nint stride, Panels panels, nint rows, nint depth, nint p, T* to)
    {
        nint count = panels.Count;
        for (nint panel = 0; panel < count; panel++)
        {
            nint start = panels.Start(panel), room = panels.Room(panel), lanes = Math.Min(room, panels.Lanes - start);
            T* source = from + start, target = to + (start * depth) + (p * room);
            nint whole = lanes / V.Width * V.Width;
            V read = V.First(lanes - whole), written = V.First(room - whole);
            for (nint row = 0; row < rows; row++)
            {
                for (nint l = 0; l < whole; l += V.Width)
                {
                    V.Load(source + l).Store(target + l);
                }

                if (whole < room)
                {
                    V.Load(source + whole, read).Store(target + whole, written);
                    for (nint l = whole + V.Width; l < room; l += V.Width)
                    {
                        default(V).Store(target + l);
                    }
                }

                source += stride;
                target += room;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(T* from, nint laneStride, nint depthStride, nint lanes, nint depth, T* to, nint room)
    {
        for (nint l = 0; l < lanes; l++)
        {
            T* source = from + (l * laneStride), target = to + l;
            for (nint p = depth; p > 0; p--)
            {
                *target = *source;
                source += depthStride;
                target += room;
            }
        }
    }

    /// <summary>Four lanes by four steps at a time, turned in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* from, nint stride, nint lanes, nint depth, float* to, nint room)
    {
        nint l = 0;
        for (; l + 4 <= lanes; l += 4)
        {
            float* source = from + (l * stride), target = to + l;
            nint p = 0;
            for (; p + 4 <= depth; p += 4)
            {
                Vector128<float> r0 = Vector128.Load(source), r1 = Vector128.Load(source + stride);
                Vector128<float> r2 = Vector128.Load(source + (2 * stride)), r3 = Vector128.Load(source + (3 * stride));
                Vector128<float> even01 = Low(r0, r2), odd01 = Low(r1, r3), even23 = High(r0, r2), odd23 = High(r1, r3);
                Low(even01, odd01).Store(target);
                High(even01, odd01).Store(target + room);
                Low(even23, odd23).Store(target + (2 * room));
                High(even23, odd23).Store(target + (3 * room));
                source += 4;
                target += 4 * room;
            }

            for (; p < depth; p++)
            {
                target[0] = source[0];
                target[1] = source[stride];
                target[2] = source[2 * stride];
                target[3] = source[3 * stride];
                source++;
                target += room;
            }
        }

        if (l < lanes)
        {
            Packing<float, V128<float, Fused>>.Gather(from + (l * stride), stride, 1, lanes - l, depth, to + l, room);
        }
    }

    /// <summary>x₀ y₀ x₁ y₁.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackLow(x, y) : AdvSimd.Arm64.ZipLow(x, y);

    /// <summary>x₂ y₂ x₃ y₃.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackHigh(x, y) : AdvSimd.Arm64.ZipHigh(x, y);
}
