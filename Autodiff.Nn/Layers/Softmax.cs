namespace Autodiff.Nn;

/// <summary>e^x / Σ e^x along a dimension.</summary>
/// <param name="dim">The dimension that sums to 1.</param>
public class Softmax(int dim = -1) : Module
{
    /// <summary>The dimension that sums to 1.</summary>
    public int Dim { get; } = dim;

    protected override string Settings => $"dim={Dim}";

    public override Tensor Forward(Tensor x) => x.Softmax(Dim);
}

/// <summary>ln(e^x / Σ e^x) along a dimension.</summary>
/// <param name="dim">The dimension of the classes.</param>
public class LogSoftmax(int dim = -1) : Module
{
    /// <summary>The dimension of the classes.</summary>
    public int Dim { get; } = dim;

    protected override string Settings => $"dim={Dim}";

    public override Tensor Forward(Tensor x) => x.LogSoftmax(Dim);
}

/// <summary>e^-x / Σ e^-x along a dimension.</summary>
/// <param name="dim">The dimension that sums to 1.</param>
public class Softmin(int dim = -1) : Module
{
    /// <summary>The dimension that sums to 1.</summary>
    public int Dim { get; } = dim;

    protected override string Settings => $"dim={Dim}";

    public override Tensor Forward(Tensor x) => x.Softmin(Dim);
}

/// <summary>e^x / Σ e^x along the channels of an image: the channels of each pixel sum to 1.</summary>
public class Softmax2d : Module
{
    /// <inheritdoc/>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank.</exception>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Rank is 3 or 4
            ? x.Softmax(-3)
            : throw new ArgumentException($"Softmax2d: input {x.Shape} must be [N, C, H, W] or [C, H, W].", nameof(x));
    }
}
