namespace Autodiff;

/// <summary>
/// How exactly CUDA devices multiply float32 matrices; the names and meanings of PyTorch's
/// <c>torch.set_float32_matmul_precision</c>.
/// </summary>
public enum MatMulPrecision
{
    /// <summary>In float32.</summary>
    Highest,

    /// <summary>
    /// TF32 on the tensor cores: factors are rounded to 11 significant bits (relative error at most 2^-11 each),
    /// products are added in float32 (PyTorch's <c>torch.backends.cuda.matmul.allow_tf32</c>).
    /// </summary>
    High,

    /// <summary>
    /// bfloat16 on the tensor cores where that is faster: factors are rounded to 8 significant bits (relative error at
    /// most 2^-8 each), products are added in float32. Smaller products are made as with <see cref="High"/>.
    /// </summary>
    Medium,
}
