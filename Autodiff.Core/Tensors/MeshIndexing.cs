namespace Autodiff;

/// <summary>
/// Which of the first two inputs of <see cref="Tensor.Meshgrid(MeshIndexing, ReadOnlySpan{Tensor})"/> runs along rows.
/// </summary>
public enum MeshIndexing
{
    /// <summary>Matrix order: input i runs along dimension i.</summary>
    IJ,

    /// <summary>Cartesian order: the first input runs along columns (x), the second along rows (y).</summary>
    XY,
}
