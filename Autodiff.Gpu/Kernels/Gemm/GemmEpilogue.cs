using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>What every product does to its results before it stores them: adds a row, then clamps below at 0.</summary>
/// <param name="Bias">The address of a contiguous row, if one is added.</param>
/// <param name="Relu">Whether negative results become 0, with NaN kept.</param>
internal readonly record struct GemmEpilogue(Value? Bias, bool Relu)
{
    /// <summary>What is added to a column, if anything; nothing is read where the predicate does not hold.</summary>
    public Value? BiasOf(KernelWriter w, PtxType type, Value column, Value inside) =>
        Bias is { } row ? w.LoadIf(inside, Space.Global, type, 1, w.At(row, column, type.SizeOf()))[0] : null;

    /// <summary>The finished result.</summary>
    public Value Apply(Value sum, Value? bias)
    {
        sum = bias is { } added ? sum + added : sum;
        return Relu ? (sum < 0).Select(0, sum) : sum;
    }
}
