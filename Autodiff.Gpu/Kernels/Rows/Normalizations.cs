using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>A member of the softmax family, from a row's maximum and the sum of its powers e^(x - max).</summary>
internal interface INormalizer
{
    /// <summary>Whether a row becomes one number.</summary>
    static abstract bool IsOneNumber { get; }

    /// <summary>Whether elements become what their powers do, and not they themselves.</summary>
    static abstract bool TakesPowers { get; }

    /// <summary>What is subtracted, for a row's maximum.</summary>
    static virtual S Shift<S>(S max) where S : IReal<S> => max;

    /// <summary>What all elements have in common.</summary>
    static abstract S Scale<S>(S sum) where S : IReal<S>;

    /// <summary>What becomes of an element, or of its power.</summary>
    static abstract S Finish<S>(S x, S max, S scale) where S : IReal<S>;
}

/// <summary>e^(x - max) / sum.</summary>
internal readonly struct Softmax : INormalizer
{
    public static bool IsOneNumber => false;

    public static bool TakesPowers => true;

    public static S Scale<S>(S sum) where S : IReal<S> => S.Const(1) / sum;

    public static S Finish<S>(S x, S max, S scale) where S : IReal<S> => x * scale;
}

/// <summary>(x - max) - ln sum.</summary>
internal readonly struct LogSoftmax : INormalizer
{
    public static bool IsOneNumber => false;

    public static bool TakesPowers => false;

    public static S Scale<S>(S sum) where S : IReal<S> => S.Log(sum);

    public static S Finish<S>(S x, S max, S scale) where S : IReal<S> => (x - max) - scale;
}

/// <summary>ln sum + max, where an infinite maximum counts as 0.</summary>
internal readonly struct LogSumExp : INormalizer
{
    public static bool IsOneNumber => true;

    public static bool TakesPowers => false;

    public static S Shift<S>(S max) where S : IReal<S>
    {
        S excess = max - max, zero = S.Const(0); // NaN for an infinity and for NaN
        return S.SelectEqual(excess, zero, max, S.SelectEqual(max, max, zero, max));
    }

    public static S Scale<S>(S sum) where S : IReal<S> => S.Log(sum);

    public static S Finish<S>(S x, S max, S scale) where S : IReal<S> => scale + max;
}

/// <summary>e^(x - max).</summary>
internal readonly struct Power<S>(S max) : IFunction<S> where S : IReal<S>
{
    private readonly S _max = max;

    public S F(S x) => S.Exp(x - _max);
}

/// <summary>What becomes of an element, or of its power.</summary>
internal readonly struct Finishing<TKind, S>(S max, S scale) : IFunction<S>
    where TKind : struct, INormalizer where S : IReal<S>
{
    private readonly S _max = max, _scale = scale;

    public S F(S x) => TKind.Finish(x, _max, _scale);
}
