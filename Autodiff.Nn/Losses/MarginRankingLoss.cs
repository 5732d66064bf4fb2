namespace Autodiff.Nn;

/// <summary>The margin ranking loss: max(0, -t (x₁ - x₂) + margin), where t = 1 says that x₁ should rank higher and t = -1 that x₂ should.</summary>
public class MarginRankingLoss : Module
{
    /// <summary>Makes the loss.</summary>
    /// <param name="margin">By how much one should rank higher.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    public MarginRankingLoss(double margin = 0, Reduction reduction = Reduction.Mean)
    {
        Margin = margin;
        Reduction = reduction;
    }

    /// <summary>By how much one should rank higher.</summary>
    public double Margin { get; }

    /// <summary>What is made of the losses of single elements.</summary>
    public Reduction Reduction { get; }

    /// <inheritdoc cref="Functional.MarginRankingLoss"/>
    public Tensor Forward(Tensor input1, Tensor input2, Tensor target) => Functional.MarginRankingLoss(input1, input2, target, Margin, Reduction);
}

public static partial class Functional
{
    /// <summary>The margin ranking loss: max(0, -t (x₁ - x₂) + margin).</summary>
    /// <param name="input1">x₁, any shape.</param>
    /// <param name="input2">x₂, the same shape.</param>
    /// <param name="target">t, the same shape, of 1 and -1.</param>
    /// <param name="margin">By how much one should rank higher.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor MarginRankingLoss(Tensor input1, Tensor input2, Tensor target, double margin = 0, Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(MarginRankingLoss), input1, input2, "input1", "input2");
        RequireSameShape(nameof(MarginRankingLoss), input1, target, "input1");
        return ((input2 - input1) * target + margin).ClampMin(0).Reduce(reduction);
    }
}
