using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>
/// A formula whose grouping does not matter, with its neutral element: what folds many numbers into one.
/// </summary>
internal interface IMonoid : IBinaryFormula
{
    /// <summary>The neutral element: the fold of nothing.</summary>
    S Identity<S>() where S : IReal<S>;
}

/// <summary>
/// A formula with f(c x) = c^d f(x) for every c &gt; 0, d its degree: so elements may be scaled before they are folded.
/// </summary>
internal interface IHomogeneous : IUnaryFormula
{
    double Degree { get; }
}

/// <summary>What is made of a fold, and of one whose elements were scaled.</summary>
internal interface IFinish : IUnaryFormula
{
    /// <summary>
    /// The function of what the fold would be if its elements had not been multiplied by
    /// 2^-<paramref name="exponent"/>.
    /// </summary>
    S F<S>(S fold, S exponent) where S : IReal<S>;
}

/// <summary>f(x₁) ∘ f(x₂) ∘ ...: a reduction, of an elementwise formula and a monoid.</summary>
internal readonly struct Fold<TElement, TMonoid>(TElement element, TMonoid monoid) : IReduction
    where TElement : unmanaged, IUnaryFormula
    where TMonoid : unmanaged, IMonoid
{
    private readonly TElement _element = element;
    private readonly TMonoid _monoid = monoid;

    public TElement Element => _element;

    [MethodImpl(AggressiveInlining)] public S Identity<S>() where S : IReal<S> => _monoid.Identity<S>();
    [MethodImpl(AggressiveInlining)] public S Map<S>(S x) where S : IReal<S> => _element.F(x);
    [MethodImpl(AggressiveInlining)] public S Combine<S>(S a, S b) where S : IReal<S> => _monoid.F(a, b);
}

/// <summary>A function of a sum of f(x): of a mean, a norm, a variance.</summary>
internal readonly struct FinishedSum<TElement, TFinish>(TElement element, TFinish finish) : IScaledReduction
    where TElement : unmanaged, IHomogeneous
    where TFinish : unmanaged, IFinish
{
    private readonly Fold<TElement, Add> _sum = new(element, default);
    private readonly TFinish _finish = finish;

    public Fold<TElement, Add> Sum => _sum;

    public bool BySmallest => _sum.Element.Degree < 0;

    [MethodImpl(AggressiveInlining)] public S Identity<S>() where S : IReal<S> => _sum.Identity<S>();
    [MethodImpl(AggressiveInlining)] public S Map<S>(S x) where S : IReal<S> => _sum.Map(x);
    [MethodImpl(AggressiveInlining)] public S Combine<S>(S a, S b) where S : IReal<S> => _sum.Combine(a, b);

    /// <summary>
    /// 0 for sums of the elements themselves, which lose no digits below the range. Else 2^-100 (double: 2^-960): a sum
    /// of fewer than 2^26 (2^62) terms that is no less has lost none of its digits to subnormal terms.
    /// </summary>
    [MethodImpl(AggressiveInlining)] public S Lowest<S>() where S : IReal<S> =>
        S.Const(_sum.Element.Degree == 1 ? 0 : S.IsDouble ? 1.0261342003245941e-289 : 7.888609052210118e-31);

    [MethodImpl(AggressiveInlining)] public S Finish<S>(S sum) where S : IReal<S> => _finish.F(sum);

    public S Finish<S>(S sum, S exponent) where S : IReal<S> => _finish.F(sum, exponent);
}

/// <summary>A function of a fold that is multiplied by c^d where the elements are multiplied by c.</summary>
/// <param name="formula">The function.</param>
/// <param name="degree">d.</param>
internal readonly struct HomogeneousFinish<TFormula>(TFormula formula, int degree) : IFinish
    where TFormula : unmanaged, IFormula
{
    private readonly TFormula _formula = formula;
    private readonly int _degree = degree;

    [MethodImpl(AggressiveInlining)] public S F<S>(S fold) where S : IReal<S> => _formula.F<S, Single<S>>(new(fold));

    public S F<S>(S fold, S exponent) where S : IReal<S>
    {
        S y = F(fold);
        for (int i = 0; i < _degree; i++)
        {
            y = S.ScaleB(y, exponent);
        }

        return y;
    }
}

/// <summary>Elements multiplied by 2^shift, then folded.</summary>
internal readonly struct ShiftedReduction<TOp>(TOp op, double shift) : IReduction where TOp : unmanaged, IReduction
{
    private readonly TOp _op = op;
    private readonly Constant _shift = shift;

    [MethodImpl(AggressiveInlining)] public S Identity<S>() where S : IReal<S> => _op.Identity<S>();
    [MethodImpl(AggressiveInlining)] public S Map<S>(S x) where S : IReal<S> => _op.Map(S.ScaleB(x, S.Const(_shift)));
    [MethodImpl(AggressiveInlining)] public S Combine<S>(S a, S b) where S : IReal<S> => _op.Combine(a, b);
}
