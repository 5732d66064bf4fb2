using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Backends.Cpu;

/// <summary>
/// Copies a slab of an operand into the order in which the micro-kernel reads it: for each step of k, the panel's lanes
/// side by side. Any strides will do, so a transposed or broadcast operand needs no copy of its own.
/// </summary>
internal static unsafe class Packing<T>
    where T : unmanaged
{
    /// <summary>
    /// to[p·width + l] = from[l·laneStride + p·depthStride] for l in [0, lanes), 0 for l in [lanes, width), p in [0, depth).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panel(T* from, nint laneStride, nint depthStride, nint lanes, nint depth, T* to, nint width)
    {
        if (laneStride == 1)
        {
            CopyRows(from, depthStride, lanes, depth, to, width);
        }
        else if (depthStride == 1 && sizeof(T) == 4 && (Sse.IsSupported || AdvSimd.Arm64.IsSupported))
        {
            Transpose4((float*)from, laneStride, lanes, depth, (float*)to, width);
        }
        else
        {
            for (nint l = 0; l < lanes; l++)
            {
                T* source = from + (l * laneStride);
                for (nint p = 0; p < depth; p++)
                {
                    to[(p * width) + l] = source[p * depthStride];
                }
            }
        }

        if (lanes < width)
        {
            for (nint p = 0; p < depth; p++)
            {
                for (nint l = lanes; l < width; l++)
                {
                    to[(p * width) + l] = default;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(T* from, nint stride, nint lanes, nint depth, T* to, nint width)
    {
        nint bytes = lanes * sizeof(T);
        for (nint p = 0; p < depth; p++)
        {
            byte* source = (byte*)(from + (p * stride)), target = (byte*)(to + (p * width));
            nint at = 0;
            for (; at + 64 <= bytes; at += 64)
            {
                Vector512.Store(Vector512.Load(source + at), target + at);
            }

            if (at + 32 <= bytes)
            {
                Vector256.Store(Vector256.Load(source + at), target + at);
                at += 32;
            }

            if (at + 16 <= bytes)
            {
                Vector128.Store(Vector128.Load(source + at), target + at);
                at += 16;
            }

            for (; at < bytes; at += sizeof(T))
            {
                *(T*)(target + at) = *(T*)(source + at);
            }
        }
    }

    /// <summary>Four lanes by four steps at a time, turned in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose4(float* from, nint stride, nint lanes, nint depth, float* to, nint width)
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
                High(even01, odd01).Store(target + width);
                Low(even23, odd23).Store(target + (2 * width));
                High(even23, odd23).Store(target + (3 * width));
                source += 4;
                target += 4 * width;
            }

            for (; p < depth; p++)
            {
                target[0] = source[0];
                target[1] = source[stride];
                target[2] = source[2 * stride];
                target[3] = source[3 * stride];
                source++;
                target += width;
            }
        }

        for (; l < lanes; l++)
        {
            float* source = from + (l * stride);
            for (nint p = 0; p < depth; p++)
            {
                to[(p * width) + l] = source[p];
            }
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
