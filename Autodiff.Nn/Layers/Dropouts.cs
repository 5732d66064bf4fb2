namespace Autodiff.Nn;

/// <summary>What the variants of dropout share: a probability and a generator.</summary>
public abstract class DropoutLayer : Module
{
    private protected DropoutLayer(double p, Generator? generator)
    {
        Functional.RequireProbability(GetType().Name, p);
        (P, Generator) = (p, generator);
    }

    /// <summary>The probability to drop.</summary>
    public double P { get; }

    /// <summary>The source of the masks, or null for <see cref="TorchGenerator.Default"/>.</summary>
    private protected Generator? Generator { get; }

    protected override string Settings => $"p={Format.Number(P)}, inplace=False";
}

/// <inheritdoc cref="Functional.Dropout1d" path="/summary"/>
/// <param name="p">The probability to drop a channel, in [0, 1].</param>
/// <param name="generator">The source of the masks; <see cref="TorchGenerator.Default"/> if null.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
public class Dropout1d(double p = 0.5, Generator? generator = null) : DropoutLayer(p, generator)
{
    /// <inheritdoc/>
    /// <param name="x">[N, C, L] or [C, L].</param>
    public override Tensor Forward(Tensor x) => Functional.Dropout1d(x, P, IsTraining, Generator);
}

/// <inheritdoc cref="Functional.Dropout2d" path="/summary"/>
/// <inheritdoc cref="Dropout1d" path="//param|//exception"/>
public class Dropout2d(double p = 0.5, Generator? generator = null) : DropoutLayer(p, generator)
{
    /// <inheritdoc/>
    /// <param name="x">[N, C, H, W], or [N, C, L].</param>
    public override Tensor Forward(Tensor x) => Functional.Dropout2d(x, P, IsTraining, Generator);
}

/// <inheritdoc cref="Functional.Dropout3d" path="/summary"/>
/// <inheritdoc cref="Dropout1d" path="//param|//exception"/>
public class Dropout3d(double p = 0.5, Generator? generator = null) : DropoutLayer(p, generator)
{
    /// <inheritdoc/>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    public override Tensor Forward(Tensor x) => Functional.Dropout3d(x, P, IsTraining, Generator);
}

/// <inheritdoc cref="Functional.AlphaDropout" path="/summary"/>
/// <param name="p">The probability to drop an element, in [0, 1].</param>
/// <param name="generator">The source of the masks; <see cref="TorchGenerator.Default"/> if null.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
public class AlphaDropout(double p = 0.5, Generator? generator = null) : DropoutLayer(p, generator)
{
    public override Tensor Forward(Tensor x) => Functional.AlphaDropout(x, P, IsTraining, Generator);
}

/// <inheritdoc cref="Functional.FeatureAlphaDropout" path="/summary"/>
/// <inheritdoc cref="Dropout1d" path="//param|//exception"/>
public class FeatureAlphaDropout(double p = 0.5, Generator? generator = null) : DropoutLayer(p, generator)
{
    /// <inheritdoc/>
    /// <param name="x">[N, C, ...].</param>
    public override Tensor Forward(Tensor x) => Functional.FeatureAlphaDropout(x, P, IsTraining, Generator);
}

public static partial class Functional
{
    /// <summary>In training, drops whole channels of signals with probability p and scales the others by 1 / (1 -
    /// p).</summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    /// <param name="p">The probability to drop a channel, in [0, 1].</param>
    /// <param name="training">False to pass everything.</param>
    /// <param name="generator">The source of the mask; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
    public static Tensor Dropout1d(Tensor x, double p = 0.5, bool training = true, Generator? generator = null) =>
        DropoutChannels(nameof(Dropout1d), x, p, training, generator, "[N, C, L] or [C, L]", 3, isBatch: false);

    /// <summary>In training, drops whole channels of images with probability p and scales the others by 1 / (1 -
    /// p).</summary>
    /// <param name="x">[N, C, H, W]; or [N, C, L], which PyTorch has always taken so.</param>
    /// <inheritdoc cref="Dropout1d" path="//param[@name != 'x']|//exception"/>
    public static Tensor Dropout2d(Tensor x, double p = 0.5, bool training = true, Generator? generator = null) =>
        DropoutChannels(nameof(Dropout2d), x, p, training, generator, "[N, C, H, W] or [N, C, L]", 4, isBatch: true);

    /// <summary>In training, drops whole channels of volumes with probability p and scales the others by 1 / (1 -
    /// p).</summary>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    /// <inheritdoc cref="Dropout1d" path="//param[@name != 'x']|//exception"/>
    public static Tensor Dropout3d(Tensor x, double p = 0.5, bool training = true, Generator? generator = null) =>
        DropoutChannels(
            nameof(Dropout3d), x, p, training, generator, "[N, C, D, H, W] or [C, D, H, W]", 5, isBatch: false);

    /// <summary>
    /// In training, sets elements with probability p to what SELU gives far below zero, and then scales and shifts
    /// everything so that mean 0 and variance 1 stay (Klambauer et al., "Self-normalizing neural networks", 2017).
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="p">The probability to drop an element, in [0, 1].</param>
    /// <param name="training">False to pass everything, as by default.</param>
    /// <param name="generator">The source of the mask; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
    public static Tensor AlphaDropout(Tensor x, double p = 0.5, bool training = false, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        return AlphaDropped(nameof(AlphaDropout), x, x, p, training, generator);
    }

    /// <summary><see cref="AlphaDropout"/> of whole channels.</summary>
    /// <param name="x">[N, C, ...].</param>
    /// <param name="p">The probability to drop a channel, in [0, 1].</param>
    /// <param name="training">False to pass everything, as by default.</param>
    /// <param name="generator">The source of the mask; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has no dimension of channels.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
    public static Tensor FeatureAlphaDropout(
        Tensor x, double p = 0.5, bool training = false, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        return AlphaDropped(
            nameof(FeatureAlphaDropout), x, Channels(nameof(FeatureAlphaDropout), x, "[N, C, ...]"), p, training,
            generator);
    }

    private static Tensor DropoutChannels(
        string operation, Tensor x, double p, bool training, Generator? generator, string shapes, int rank,
        bool isBatch)
    {
        ArgumentNullException.ThrowIfNull(x);
        RequireProbability(operation, p);
        if (x.Rank != rank && x.Rank != rank - 1)
        {
            throw new ArgumentException($"{operation}: input {x.Shape} must be {shapes}.", nameof(x));
        }

        if (!training || p == 0 || x.ElementCount == 0)
        {
            return x;
        }

        Tensor batch = x.Rank == rank || isBatch ? x : x.Unsqueeze(0);
        Tensor mask = Tensor.DropoutMask(Channels(operation, batch, shapes), p, generator ?? TorchGenerator.Default);
        return batch.Weighted(mask.Expand(batch.Shape)).Reshape(x.Shape);
    }

    /// <summary>A tensor with one element for each channel of each sample.</summary>
    private static Tensor Channels(string operation, Tensor x, string shapes) => x.Rank < 2
        ? throw new ArgumentException($"{operation}: input {x.Shape} must be {shapes}.", nameof(x))
        : Tensor.Empty([x.Size(0), x.Size(1), .. Enumerable.Repeat(1, x.Rank - 2)], x.DType, x.Device);

    private static Tensor AlphaDropped(
        string operation, Tensor x, Tensor like, double p, bool training, Generator? generator)
    {
        RequireProbability(operation, p);
        if (!training || p == 0 || x.ElementCount == 0)
        {
            return x;
        }

        if (p == 1)
        {
            return x * 0;
        }

        const double alpha = 1.7580993408473766; // SELU's limit at minus infinity, with the sign turned
        double a = 1 / Math.Sqrt((alpha * alpha * p + 1) * (1 - p));
        Tensor kept = Tensor.DropoutMask(like, p, generator ?? TorchGenerator.Default) * (1 - p);
        return x * (kept * a) + ((kept - 1) * (alpha * a) + alpha * a * p);
    }
}
