using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = max(x, 0), with slope 0 at 0. NaN stays NaN.</summary>
public readonly struct Relu : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectLess(x, S.Const(0), S.Const(0), x);

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => S.SelectLessEqual(y, S.Const(0), S.Const(0), g);
}

/// <summary>y = x for x &gt; 0, else slope x.</summary>
/// <param name="slope">The slope on the left.</param>
public readonly struct LeakyRelu(double slope) : IUnaryOp
{
    private readonly Constant _slope = slope;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectLess(S.Const(0), x, x, x * S.Const(_slope));

    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> =>
        S.SelectLess(S.Const(0), _slope.Double >= 0 ? y : x, g, g * S.Const(_slope));
}

/// <summary>y = a for a &gt; 0, else b a.</summary>
public readonly struct Prelu : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectLess(S.Const(0), a, a, a * b);

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => S.SelectLess(S.Const(0), a, g, g * b);

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => S.SelectLess(S.Const(0), a, S.Const(0), g * a);
}

/// <summary>
/// y = s x for x &gt; 0, else s α (e^(βx) - 1): the exponential linear unit with PyTorch's three coefficients.
/// </summary>
/// <param name="alpha">α, minus the limit on the left.</param>
/// <param name="scale">s, the slope on the right.</param>
/// <param name="beta">β, the factor of x on the left.</param>
public readonly struct Elu(double alpha, double scale = 1, double beta = 1) : IUnaryOp
{
    private readonly Constant _top = alpha * scale;
    private readonly Constant _scale = scale;
    private readonly Constant _beta = beta;

    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> =>
        S.SelectLessEqual(x, S.Const(0), S.Expm1(x * S.Const(_beta)) * S.Const(_top), x * S.Const(_scale));

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S>
    {
        S zero = S.Const(0), top = S.Const(_top);
        if (_top.Double >= 0)
        {
            return S.SelectLessEqual(y, zero, g * S.Const(_beta) * (y + top), g * S.Const(_scale));
        }

        S e = S.Exp(S.SelectLess(zero, x, zero, x) * S.Const(_beta));
        return S.SelectLessEqual(x, zero, g * S.Const(_beta) * (e * top), g * S.Const(_scale));
    }
}

/// <summary>y = max(0, x) + min(0, α (e^(x/α) - 1)): the continuously differentiable ELU (Barron 2017).</summary>
/// <param name="alpha">α, not 0.</param>
public readonly struct Celu(double alpha) : IUnaryOp
{
    private readonly Elu _rule = new(alpha, 1, 1 / alpha);

    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => _rule.F(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => _rule.Vjp(g, x, y);
}

/// <summary>y = 1.0507 ELU(x; 1.6733): the self-normalising ELU (Klambauer et al. 2017).</summary>
public readonly struct Selu : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => Rule.F(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => Rule.Vjp(g, x, y);

    private static Elu Rule => new(1.6732632423543772848170429916717, 1.0507009873554804934193349852946);
}

/// <summary>y = x held between two bounds, with slope 0 on and beyond them.</summary>
/// <param name="min">The lower bound.</param>
/// <param name="max">The upper bound.</param>
public readonly struct Hardtanh(double min, double max) : IUnaryOp
{
    private readonly Constant _min = min;
    private readonly Constant _max = max;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        S low = S.Const(_min), high = S.Const(_max);
        x = S.SelectLess(x, low, low, x);
        return S.SelectLess(high, x, high, x);
    }

    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> =>
        S.SelectLessEqual(y, S.Const(_min), S.Const(0), S.SelectLessEqual(S.Const(_max), y, S.Const(0), g));
}

/// <summary>y = min(max(x, 0), 6).</summary>
public readonly struct Relu6 : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => Rule.F(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => Rule.Vjp(g, x, y);

    private static Hardtanh Rule => new(0, 6);
}

/// <summary>y = x for x above a threshold, else a value.</summary>
/// <param name="threshold">The threshold.</param>
/// <param name="value">What stands for all x up to it.</param>
public readonly struct Threshold(double threshold, double value) : IUnaryOp
{
    private readonly Constant _threshold = threshold;
    private readonly Constant _value = value;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectLessEqual(x, S.Const(_threshold), S.Const(_value), x);

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => S.SelectLessEqual(x, S.Const(_threshold), S.Const(0), g);
}

/// <summary>y = x for |x| &gt; λ, else 0.</summary>
/// <param name="lambda">λ.</param>
public readonly struct Hardshrink(double lambda) : IUnaryOp
{
    private readonly Constant _lambda = lambda;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectLessEqual(S.Abs(x), S.Const(_lambda), S.Const(0), x);

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => S.SelectLessEqual(S.Abs(x), S.Const(_lambda), S.Const(0), g);
}

/// <summary>y = x - λ for x &gt; λ, x + λ for x &lt; -λ, else 0.</summary>
/// <param name="lambda">λ, not negative.</param>
public readonly struct Softshrink(double lambda) : IUnaryOp
{
    private readonly Constant _lambda = lambda;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        S bound = S.Const(_lambda);
        return S.SelectLess(x, -bound, x + bound, S.SelectLessEqual(x, bound, S.Const(0), x - bound));
    }

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => S.SelectEqual(y, S.Const(0), S.Const(0), g);
}

/// <summary>y = min(max(x + 3, 0), 6) / 6.</summary>
public readonly struct Hardsigmoid : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => default(Relu6).F(x + S.Const(3)) / S.Const(6);

    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> =>
        S.SelectLess(S.Const(-3), x, S.SelectLess(x, S.Const(3), g / S.Const(6), S.Const(0)), S.Const(0));
}

/// <summary>y = x min(max(x + 3, 0), 6) / 6 (Howard et al. 2019).</summary>
public readonly struct Hardswish : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => RealMath.TimesVanishing(x, default(Relu6).F(x + S.Const(3))) / S.Const(6);

    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> =>
        S.SelectLess(x, S.Const(-3), S.Const(0),
            S.SelectLessEqual(x, S.Const(3), g * (x / S.Const(3) + S.Const(0.5)), g));
}
