using Autodiff.Compilation;
using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>
/// The binary cross entropy of probabilities: -w (t ln x + (1 - t) ln(1 - x)), with the logarithms cut off at -100 as in PyTorch.
/// </summary>
/// <remarks>Prefer <see cref="BCEWithLogitsLoss"/>, which takes the scores before the sigmoid and keeps all digits.</remarks>
public class BCELoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="weight">w, broadcast to the input; null for 1.</param>
    public BCELoss(Reduction reduction = Reduction.Mean, Tensor? weight = null) : base(reduction) =>
        Weight = weight is null ? null : RegisterBuffer("weight", weight);

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.BCELoss(input, target, Reduction, Weight);
}

public static partial class Functional
{
    /// <summary>The binary cross entropy of probabilities: -w (t ln x + (1 - t) ln(1 - x)), with the logarithms cut off at -100.</summary>
    /// <param name="input">x, probabilities, any shape.</param>
    /// <param name="target">t, of the same shape; in [0, 1], which is not checked (as in PyTorch), since it would cost a sweep at every step.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="weight">w, broadcast to the input; null for 1.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An element of <paramref name="input"/> is outside [0, 1] or NaN.</exception>
    public static Tensor BCELoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, Tensor? weight = null)
    {
        RequireSameShape(nameof(BCELoss), input, target);
        RequireProbabilities(input);
        return Tensor.Map(default(BinaryCrossEntropy), input, target).Weighted(weight).Reduce(reduction);
    }

    /// <summary>Losses times weights, where a weight of 0 takes away an infinite loss too.</summary>
    internal static Tensor Weighted(this Tensor losses, Tensor? weight) => weight is null ? losses : Tensor.Map(default(Weigh), losses, weight);

    private static void RequireProbabilities(Tensor input) => StepRecorder.Look(input, static values =>
    {
        // Both are NaN where an element is.
        double low = 0, high = 0;
        if (values.ElementCount > 0)
        {
            low = values.ReduceRaw(default(MinReduction), values.DType).Item();
            high = values.ReduceRaw(default(MaxReduction), values.DType).Item();
        }

        return low >= 0 && high <= 1
            ? true
            : throw new ArgumentOutOfRangeException(nameof(input), double.IsNaN(low) ? low : low < 0 ? low : high,
                $"BCELoss: the prediction must hold probabilities; its elements lie in [{low}, {high}]. Apply Sigmoid() first, or use BCEWithLogitsLoss for scores.");
    });
}
