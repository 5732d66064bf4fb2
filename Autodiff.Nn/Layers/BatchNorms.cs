namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.BatchNorm" path="/summary"/>
/// <remarks>Inputs are [N, C] or [N, C, L].</remarks>
/// <param name="numFeatures">C, the number of channels.</param>
/// <param name="eps">ε, against variances of zero.</param>
/// <param name="momentum">The weight of a new batch in the running figures; null for the plain average of all
/// batches.</param>
/// <param name="affine">Whether w and b are there.</param>
/// <param name="trackRunningStats">Whether running figures are kept; without them evaluation uses the batch
/// too.</param>
/// <param name="type">float32 or float64.</param>
/// <param name="device">Where the parameters are.</param>
public class BatchNorm1d(
    int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStats = true,
    DType type = DType.Float32, Device? device = null)
    : BatchNorm("[N, C] or [N, C, L]", [2, 3], numFeatures, eps, momentum, affine, trackRunningStats, type, device);

/// <inheritdoc cref="Functional.BatchNorm" path="/summary"/>
/// <remarks>Inputs are [N, C, H, W].</remarks>
/// <inheritdoc cref="BatchNorm1d" path="/param"/>
public class BatchNorm2d(
    int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStats = true,
    DType type = DType.Float32, Device? device = null)
    : BatchNorm("[N, C, H, W]", [4], numFeatures, eps, momentum, affine, trackRunningStats, type, device);

/// <inheritdoc cref="Functional.BatchNorm" path="/summary"/>
/// <remarks>Inputs are [N, C, D, H, W].</remarks>
/// <inheritdoc cref="BatchNorm1d" path="/param"/>
public class BatchNorm3d(
    int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStats = true,
    DType type = DType.Float32, Device? device = null)
    : BatchNorm("[N, C, D, H, W]", [5], numFeatures, eps, momentum, affine, trackRunningStats, type, device);
