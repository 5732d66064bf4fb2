using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>
/// The step of an optimizer: the elementwise formula, and how its coefficients come from the options and the state.
/// </summary>
/// <typeparam name="TOptions">The optimizer's options.</typeparam>
/// <remarks>This, a record of options and a class of some ten lines make an optimizer; see <see cref="SGD"/>.</remarks>
public interface IOptimizerRule<TOptions> : IUpdateRule where TOptions : OptimizerOptions
{
    /// <summary>The names of the rule's states in order, as PyTorch's state dictionaries have them.</summary>
    static abstract ReadOnlySpan<string> StateNames { get; }

    /// <summary>
    /// What every element of a state is before the first step: 0 unless the optimizer says otherwise.
    /// </summary>
    /// <param name="state">Which state.</param>
    /// <param name="options">The group's options.</param>
    static virtual double InitialState(int state, TOptions options) => 0;

    /// <summary>Computes the coefficients of this step of one parameter.</summary>
    /// <param name="options">The group's options.</param>
    /// <param name="state">The parameter's state; its <see cref="ParameterState.Step"/> counts this step
    /// already.</param>
    /// <param name="k">Where they go.</param>
    static abstract void Prepare(TOptions options, ParameterState state, Span<double> k);
}

/// <summary>A choice between two formulas, made when the rule is compiled.</summary>
internal interface ISwitch
{
    static abstract bool IsOn { get; }
}

/// <summary>The switch is on.</summary>
internal readonly struct On : ISwitch
{
    public static bool IsOn => true;
}

/// <summary>The switch is off.</summary>
internal readonly struct Off : ISwitch
{
    public static bool IsOn => false;
}

/// <summary>
/// The gradient as most rules see it: negated to maximize, and with an L2 penalty, ±g + λ w.
/// Coefficients 0 and 1.
/// </summary>
internal static class PenalizedGradient
{
    /// <summary>Where a rule's own coefficients begin.</summary>
    public const int Count = 2;

    public static void Prepare(OptimizerOptions options, Span<double> k) =>
        (k[0], k[1]) = (options.Maximize ? -1 : 1, options.WeightDecay);
}

/// <summary>A rule that is given the penalized gradient.</summary>
/// <remarks>
/// Without a penalty nothing is added: 0 times an infinite parameter would be NaN. The options are no type parameter,
/// since the loops of a reference type's generics are compiled once for all and call the rule for every vector.
/// </remarks>
/// <typeparam name="TRule">The rule; it leaves the first two coefficients alone.</typeparam>
/// <typeparam name="TDecay">Whether λ is other than 0.</typeparam>
internal readonly struct Penalized<TRule, TDecay> : IUpdateRule
    where TRule : struct, IUpdateRule where TDecay : struct, ISwitch
{
    public static int StateCount => TRule.StateCount;

    public static int CoefficientCount => TRule.CoefficientCount;

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        g = g * k[0];
        TRule.Apply(k, TDecay.IsOn ? S.FusedMultiplyAdd(w, k[1], g) : g, ref w, ref s0, ref s1, ref s2);
    }
}

/// <summary>An exponential moving average, m = β m + (1 - β) x, of coefficients β and 1 - β.</summary>
internal static class MovingAverage
{
    [MethodImpl(AggressiveInlining)]
    public static S Of<S>(S keep, S take, S m, S x) where S : IReal<S> => S.FusedMultiplyAdd(x, take, m * keep);

    /// <summary>Of x², rounded as PyTorch rounds it.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S OfSquare<S>(S keep, S take, S m, S x) where S : IReal<S> => m * keep + take * x * x;
}
