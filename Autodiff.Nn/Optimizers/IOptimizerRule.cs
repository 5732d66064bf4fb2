using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>The step of an optimizer: the elementwise formula, and how its coefficients come from the options and the state.</summary>
/// <typeparam name="TRule">The rule itself.</typeparam>
/// <typeparam name="TOptions">The optimizer's options.</typeparam>
/// <remarks>This, a record of options and a class of some ten lines make an optimizer; see <see cref="SGD"/>.</remarks>
public interface IOptimizerRule<TRule, TOptions> : IUpdateRule
    where TRule : unmanaged, IOptimizerRule<TRule, TOptions>
    where TOptions : OptimizerOptions
{
    /// <summary>The names of the rule's states in order, as PyTorch's state dictionaries have them.</summary>
    static abstract ReadOnlySpan<string> StateNames { get; }

    /// <summary>What every element of a state is before the first step: 0 unless the optimizer says otherwise.</summary>
    /// <param name="state">Which state.</param>
    /// <param name="options">The group's options.</param>
    static virtual double InitialState(int state, TOptions options) => 0;

    /// <summary>The rule with its coefficients for this step of one parameter.</summary>
    /// <param name="options">The group's options.</param>
    /// <param name="state">The parameter's state; its <see cref="ParameterState.Step"/> counts this step already.</param>
    static abstract TRule Create(TOptions options, ParameterState state);
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

/// <summary>The gradient as every rule sees it first: turned round to maximize, and with the pull of an L2 penalty, ±g + λ w.</summary>
internal readonly struct PenalizedGradient(OptimizerOptions options)
{
    private readonly double _sign = options.Maximize ? -1 : 1;
    private readonly double _decay = options.WeightDecay;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Of<S>(S g, S w) where S : IReal<S> => S.FusedMultiplyAdd(w, S.Const(_decay), g * S.Const(_sign));
}

/// <summary>An exponential moving average, m = β m + (1 - β) x.</summary>
internal readonly struct MovingAverage(double beta)
{
    private readonly double _keep = beta;
    private readonly double _take = 1 - beta;

    /// <summary>Of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Of<S>(S m, S x) where S : IReal<S> => S.FusedMultiplyAdd(x, S.Const(_take), m * S.Const(_keep));

    /// <summary>Of x², rounded as PyTorch rounds it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S OfSquare<S>(S m, S x) where S : IReal<S> => m * S.Const(_keep) + S.Const(_take) * x * x;
}
