namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.Dropout" path="//summary|//remarks"/>
public class Dropout : Module
{
    private readonly Generator? _generator;

    /// <summary>Makes the layer.</summary>
    /// <param name="p">The probability to drop an element, in [0, 1].</param>
    /// <param name="generator">The source of the masks; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
    public Dropout(double p = 0.5, Generator? generator = null)
    {
        Functional.RequireProbability(nameof(Dropout), p);
        P = p;
        _generator = generator;
    }

    /// <summary>The probability to drop an element.</summary>
    public double P { get; }

    protected override string Settings => $"p={Format.Number(P)}, inplace=False";

    public override Tensor Forward(Tensor x) => Functional.Dropout(x, P, IsTraining, _generator);
}

public static partial class Functional
{
    /// <summary>
    /// In training, drops each element with probability p and scales the others by 1 / (1 - p); in evaluation, passes
    /// everything (Srivastava et al., "Dropout", 2014). A dropped infinity is 0 too.
    /// </summary>
    /// <remarks>
    /// The mask is the one that PyTorch's CPU build draws: two words of the generator for each element.
    /// </remarks>
    /// <param name="x">Any shape.</param>
    /// <param name="p">The probability to drop an element, in [0, 1].</param>
    /// <param name="training">False to pass everything.</param>
    /// <param name="generator">The source of the mask; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
    public static Tensor Dropout(Tensor x, double p = 0.5, bool training = true, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        RequireProbability(nameof(Dropout), p);
        return !training || p == 0 || x.ElementCount == 0
            ? x
            : x.Weighted(Tensor.DropoutMask(x, p, generator ?? TorchGenerator.Default));
    }

    internal static void RequireProbability(string operation, double p)
    {
        if (!(p is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(p), p, $"{operation}: a probability must lie in [0, 1].");
        }
    }
}
