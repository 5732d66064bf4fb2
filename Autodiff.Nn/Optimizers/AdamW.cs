using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>
/// Options of <see cref="AdamW"/>; its <see cref="OptimizerOptions.WeightDecay"/> acts on the parameter, not through
/// the gradient.
/// </summary>
public sealed record AdamWOptions : AdamOptions;

/// <summary>Adam with its weight decay apart from the gradient.</summary>
/// <remarks>
/// <code>
/// w = w (1 - η λ)
/// then the step of Adam with g = ±gradient
/// </code>
/// I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, arXiv:1711.05101; the decay scales
/// with the learning rate, as in PyTorch.
/// </remarks>
/// <inheritdoc cref="Adam" path="//param[@name != 'weightDecay']|//exception"/>
/// <param name="weightDecay">λ.</param>
public sealed class AdamW(IEnumerable<Tensor> parameters, double learningRate = 1e-3, double beta1 = 0.9,
    double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 1e-2, bool amsGrad = false, bool maximize = false)
    : Optimizer<AdamWOptions>(parameters, new()
    {
        LearningRate = learningRate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, WeightDecay = weightDecay,
        AmsGrad = amsGrad, Maximize = maximize,
    })
{
    protected override void Step(ParameterGroup<AdamWOptions> group)
    {
        if (group.Options.AmsGrad)
        {
            Update<AdamWRule<On>>(group);
        }
        else
        {
            Update<AdamWRule<Off>>(group);
        }
    }
}

internal readonly struct AdamWRule<TAmsGrad> : IOptimizerRule<AdamWOptions> where TAmsGrad : struct, ISwitch
{
    private const int Sign = 0, Shrink = 1;

    public static int StateCount => AdamStep<TAmsGrad>.StateCount;

    public static int CoefficientCount => AdamStep<TAmsGrad>.CoefficientCount;

    public static ReadOnlySpan<string> StateNames => AdamStep<TAmsGrad>.StateNames;

    public static void Prepare(AdamWOptions options, ParameterState state, Span<double> k)
    {
        (k[Sign], k[Shrink]) = (options.Maximize ? -1 : 1, 1 - options.LearningRate * options.WeightDecay);
        AdamStep<TAmsGrad>.Prepare(options, state.Step, k);
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        w = w * k[Shrink];
        AdamStep<TAmsGrad>.Apply(k, g * k[Sign], ref w, ref s0, ref s1, ref s2);
    }
}
