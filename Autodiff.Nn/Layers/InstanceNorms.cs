namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.InstanceNorm" path="/summary"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <param name="numFeatures">C, the number of channels.</param>
/// <param name="eps">ε, against variances of zero.</param>
/// <param name="momentum">The weight of a new batch in the running figures; with null they stay as they are.</param>
/// <param name="affine">Whether w and b are there.</param>
/// <param name="trackRunningStats">Whether running figures are kept; without them evaluation uses the sample
/// too.</param>
/// <param name="type">float32 or float64.</param>
/// <param name="device">Where the parameters are.</param>
public class InstanceNorm1d(
    int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = false, bool trackRunningStats = false,
    DType type = DType.Float32, Device? device = null)
    : InstanceNorm("[N, C, L]", [3], numFeatures, eps, momentum, affine, trackRunningStats, type, device);

/// <inheritdoc cref="Functional.InstanceNorm" path="/summary"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <inheritdoc cref="InstanceNorm1d" path="/param"/>
public class InstanceNorm2d(
    int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = false, bool trackRunningStats = false,
    DType type = DType.Float32, Device? device = null)
    : InstanceNorm("[N, C, H, W]", [4], numFeatures, eps, momentum, affine, trackRunningStats, type, device);

/// <inheritdoc cref="Functional.InstanceNorm" path="/summary"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <inheritdoc cref="InstanceNorm1d" path="/param"/>
public class InstanceNorm3d(
    int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = false, bool trackRunningStats = false,
    DType type = DType.Float32, Device? device = null)
    : InstanceNorm("[N, C, D, H, W]", [5], numFeatures, eps, momentum, affine, trackRunningStats, type, device);
