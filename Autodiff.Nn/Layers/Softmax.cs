namespace Autodiff.Nn;

/// <summary>e^x / Σ e^x along a dimension.</summary>
/// <param name="dim">The dimension that sums to 1.</param>
public class Softmax(int dim = -1) : Module
{
    /// <summary>The dimension that sums to 1.</summary>
    public int Dim { get; } = dim;

    /// <inheritdoc/>
    protected override string Settings => $"dim={Dim}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.Softmax(Dim);
}

/// <summary>ln(e^x / Σ e^x) along a dimension.</summary>
/// <param name="dim">The dimension of the classes.</param>
public class LogSoftmax(int dim = -1) : Module
{
    /// <summary>The dimension of the classes.</summary>
    public int Dim { get; } = dim;

    /// <inheritdoc/>
    protected override string Settings => $"dim={Dim}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.LogSoftmax(Dim);
}

/// <summary>e^-x / Σ e^-x along a dimension.</summary>
/// <param name="dim">The dimension that sums to 1.</param>
public class Softmin(int dim = -1) : Module
{
    /// <summary>The dimension that sums to 1.</summary>
    public int Dim { get; } = dim;

    /// <inheritdoc/>
    protected override string Settings => $"dim={Dim}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.Softmin(Dim);
}
