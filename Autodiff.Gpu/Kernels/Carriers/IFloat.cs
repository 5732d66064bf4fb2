using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>A device's arithmetic on a floating type, from which <see cref="GpuReal{P, T}"/> makes a carrier.</summary>
/// <typeparam name="T">The type of the numbers.</typeparam>
internal interface IFloat<T> where T : unmanaged
{
    static abstract bool IsDouble { get; }

    /// <summary>Whether the device's approximations of functions stand for them: <see cref="FastSingle"/>.</summary>
    static abstract bool IsApproximate { get; }

    /// <summary>Bits of the significand that are stored.</summary>
    static abstract int SignificandBits { get; }

    static abstract double SmallestNormal { get; }

    static abstract T Of(double value);

    static abstract T Of(Constant value);

    /// <summary>An element in memory as a number.</summary>
    static abstract T From<E, M>(M raw) where E : struct, IElement<M> where M : unmanaged;

    /// <summary>A number as an element in memory.</summary>
    static abstract M To<E, M>(T value) where E : struct, IElement<M> where M : unmanaged;

    static abstract T Add(T a, T b);

    static abstract T Subtract(T a, T b);

    static abstract T Multiply(T a, T b);

    static abstract T Divide(T a, T b);

    static abstract T MultiplyAdd(T a, T b, T c);

    static abstract T Negate(T x);

    static abstract T Abs(T x);

    static abstract T Sqrt(T x);

    static abstract T Floor(T x);

    static abstract T Round(T x);

    static abstract T SelectLess(T a, T b, T then, T otherwise);

    static abstract T SelectLessEqual(T a, T b, T then, T otherwise);

    static abstract T SelectEqual(T a, T b, T then, T otherwise);

    /// <summary>1 where a &lt;= b, else 0.</summary>
    static abstract int IsLessEqual(T a, T b);

    static abstract T CopySign(T x, T sign);

    /// <summary>2^n for an integral n whose power is a normal number.</summary>
    static abstract T PowerOfTwo(T n);

    /// <summary>The binary exponent of a positive normal number.</summary>
    static abstract T ExponentOfNormal(T x);

    /// <summary>The significand, in [1, 2), of a positive normal number.</summary>
    static abstract T MantissaOfNormal(T x);

    /// <summary>2^x, approximately.</summary>
    static virtual T FastExp2(T x) => x;

    /// <summary>log2 x, approximately.</summary>
    static virtual T FastLog2(T x) => x;

    /// <summary>sin x, approximately.</summary>
    static virtual T FastSin(T x) => x;

    /// <summary>cos x, approximately.</summary>
    static virtual T FastCos(T x) => x;
}
