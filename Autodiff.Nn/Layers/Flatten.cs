namespace Autodiff.Nn;

/// <summary>Makes one dimension of several; by default of all but the first, which counts samples.</summary>
/// <param name="startDim">The first of them.</param>
/// <param name="endDim">The last of them.</param>
public class Flatten(int startDim = 1, int endDim = -1) : Module
{
    /// <summary>The first dimension that is joined.</summary>
    public int StartDim { get; } = startDim;

    /// <summary>The last dimension that is joined.</summary>
    public int EndDim { get; } = endDim;

    protected override string Settings => $"start_dim={StartDim}, end_dim={EndDim}";

    public override Tensor Forward(Tensor x) => x.Flatten(StartDim, EndDim);
}

/// <summary>Makes several dimensions of one.</summary>
public class Unflatten : Module
{
    private readonly int[] _sizes;

    /// <summary>Makes the layer.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="sizes">What it becomes; one size may be -1, to be worked out.</param>
    public Unflatten(int dim, params ReadOnlySpan<int> sizes)
    {
        Dim = dim;
        _sizes = sizes.ToArray();
    }

    /// <summary>The dimension.</summary>
    public int Dim { get; }

    protected override string Settings => $"dim={Dim}, unflattened_size=({string.Join(", ", _sizes)})";

    public override Tensor Forward(Tensor x) => x.Unflatten(Dim, _sizes);
}
