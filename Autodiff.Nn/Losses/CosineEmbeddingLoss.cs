namespace Autodiff.Nn;

/// <summary>The cosine embedding loss: 1 - cos(x₁, x₂) where t = 1, max(0, cos(x₁, x₂) - margin) where t = -1.</summary>
public class CosineEmbeddingLoss : Module
{
    /// <summary>Makes the loss.</summary>
    /// <param name="margin">The cosine that unlike things may have, -1 to 1.</param>
    /// <param name="reduction">What is made of the losses of single pairs.</param>
    public CosineEmbeddingLoss(double margin = 0, Reduction reduction = Reduction.Mean)
    {
        Margin = margin;
        Reduction = reduction;
    }

    /// <summary>The cosine that unlike things may have.</summary>
    public double Margin { get; }

    /// <summary>What is made of the losses of single pairs.</summary>
    public Reduction Reduction { get; }

    /// <inheritdoc cref="Functional.CosineEmbeddingLoss"/>
    public Tensor Forward(Tensor input1, Tensor input2, Tensor target) => Functional.CosineEmbeddingLoss(input1, input2, target, Margin, Reduction);
}

public static partial class Functional
{
    /// <summary>The cosine embedding loss: 1 - cos(x₁, x₂) where t = 1, max(0, cos(x₁, x₂) - margin) where t = -1.</summary>
    /// <param name="input1">x₁, [N, D] or [D].</param>
    /// <param name="input2">x₂, the same shape.</param>
    /// <param name="target">t, [N] or [], of 1 and -1.</param>
    /// <param name="margin">The cosine that unlike things may have, -1 to 1.</param>
    /// <param name="reduction">What is made of the losses of single pairs.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor CosineEmbeddingLoss(Tensor input1, Tensor input2, Tensor target, double margin = 0, Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(CosineEmbeddingLoss), input1, input2, "input1", "input2");
        ArgumentNullException.ThrowIfNull(target);
        if (input1.Rank is not (1 or 2) || target.Shape != (Shape)input1.Shape.AsSpan()[..^1].ToArray())
        {
            throw new ArgumentException(
                $"CosineEmbeddingLoss: inputs [N, D] need a target [N], and inputs [D] a single number; these are {input1.Shape} and {target.Shape}.", nameof(target));
        }

        Tensor cosine = input1.CosineSimilarity(input2, -1, eps: 1e-6); // PyTorch's ε of the squares is 1e-12
        Tensor alike = Tensor.Where(target.Eq(1), 1 - cosine, 0);
        Tensor unlike = Tensor.Where(target.Eq(-1), (cosine - margin).ClampMin(0), 0);
        return (alike + unlike).Reduce(reduction);
    }
}
