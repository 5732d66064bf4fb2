using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Cpu;

/// <summary>Matrices of numbers of four bytes, transposed in registers.</summary>
internal static unsafe class Transposition
{
    /// <summary>Whether these are such numbers, and the processor has what it takes.</summary>
    public static bool IsFor<T>() where T : unmanaged =>
        sizeof(T) == sizeof(float) && (Sse.IsSupported || AdvSimd.Arm64.IsSupported);

    /// <summary>
    /// to[c · toStride + r] = from[r · stride + c] for each of <paramref name="rows"/> rows and
    /// <paramref name="columns"/> columns.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* from, nint stride, nint rows, nint columns, float* to, nint toStride)
    {
        nint row = 0;
        for (; Avx512F.IsSupported && row + 16 <= rows; row += 16)
        {
            Band<Quads512>(from + (row * stride), stride, columns, to + row, toStride);
        }

        for (; Avx.IsSupported && row + 8 <= rows; row += 8)
        {
            Band<Quads256>(from + (row * stride), stride, columns, to + row, toStride);
        }

        for (; row + 4 <= rows; row += 4)
        {
            Band<Quads128>(from + (row * stride), stride, columns, to + row, toStride);
        }

        for (; row < rows; row++)
        {
            float* source = from + (row * stride), target = to + row;
            for (nint column = columns; column > 0; column--)
            {
                *target = *source++;
                target += toStride;
            }
        }
    }

    /// <summary>As many rows as a vector has lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Band<Q>(float* from, nint stride, nint columns, float* to, nint toStride)
        where Q : struct, IQuads<Q>
    {
        nint column = 0;
        for (; column + 4 <= columns; column += 4)
        {
            Q r0 = Q.Load(from, 4 * stride), r1 = Q.Load(from + stride, 4 * stride);
            Q r2 = Q.Load(from + (2 * stride), 4 * stride), r3 = Q.Load(from + (3 * stride), 4 * stride);
            Q even01 = Q.Low(r0, r2), odd01 = Q.Low(r1, r3), even23 = Q.High(r0, r2), odd23 = Q.High(r1, r3);
            Q.Low(even01, odd01).Store(to);
            Q.High(even01, odd01).Store(to + toStride);
            Q.Low(even23, odd23).Store(to + (2 * toStride));
            Q.High(even23, odd23).Store(to + (3 * toStride));
            from += 4;
            to += 4 * toStride;
        }

        for (; column < columns; column++)
        {
            for (nint row = 0; row < Q.Rows; row++)
            {
                to[row] = from[row * stride];
            }

            from++;
            to += toStride;
        }
    }

    /// <summary>Quadruples of neighbours, one of every fourth row: what a vector has in each 128 bits.</summary>
    private interface IQuads<Q> where Q : struct, IQuads<Q>
    {
        /// <summary>Rows that four of these vectors take: four times the quadruples of one.</summary>
        static abstract int Rows { get; }

        /// <summary>The quadruples at <paramref name="from"/> and each <paramref name="stride"/> further on.</summary>
        static abstract Q Load(float* from, nint stride);

        /// <summary>x₀ y₀ x₁ y₁ of each quadruple.</summary>
        static abstract Q Low(Q x, Q y);

        /// <summary>x₂ y₂ x₃ y₃ of each quadruple.</summary>
        static abstract Q High(Q x, Q y);

        void Store(float* to);
    }

    private readonly struct Quads128(Vector128<float> value) : IQuads<Quads128>
    {
        private readonly Vector128<float> _value = value;

        public static int Rows => 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Quads128 Load(float* from, nint stride) => new(Vector128.Load(from));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Quads128 Low(Quads128 x, Quads128 y) => new(Sse.IsSupported
            ? Sse.UnpackLow(x._value, y._value)
            : AdvSimd.Arm64.ZipLow(x._value, y._value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Quads128 High(Quads128 x, Quads128 y) => new(Sse.IsSupported
            ? Sse.UnpackHigh(x._value, y._value)
            : AdvSimd.Arm64.ZipHigh(x._value, y._value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(float* to) => _value.Store(to);
    }

    private readonly struct Quads256(Vector256<float> value) : IQuads<Quads256>
    {
        private readonly Vector256<float> _value = value;

        public static int Rows => 8;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Quads256 Load(float* from, nint stride) =>
            new(Vector256.Create(Vector128.Load(from), Vector128.Load(from + stride)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Quads256 Low(Quads256 x, Quads256 y) => new(Avx.UnpackLow(x._value, y._value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Quads256 High(Quads256 x, Quads256 y) => new(Avx.UnpackHigh(x._value, y._value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(float* to) => _value.Store(to);
    }

    private readonly struct Quads512(Vector512<float> value) : IQuads<Quads512>
    {
        private readonly Vector512<float> _value = value;

        public static int Rows => 16;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Quads512 Load(float* from, nint stride) => new(Vector512.Create(
            Vector256.Create(Vector128.Load(from), Vector128.Load(from + stride)),
            Vector256.Create(Vector128.Load(from + (2 * stride)), Vector128.Load(from + (3 * stride)))));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Quads512 Low(Quads512 x, Quads512 y) => new(Avx512F.UnpackLow(x._value, y._value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Quads512 High(Quads512 x, Quads512 y) => new(Avx512F.UnpackHigh(x._value, y._value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(float* to) => _value.Store(to);
    }
}
