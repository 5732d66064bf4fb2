using Autodiff.Algebra;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>A reduction over one carrier, as kernels use it.</summary>
internal readonly struct PtxReductionFormula<TOp, S>(TOp op, bool maps)
    where TOp : unmanaged, IReduction
    where S : IPtxCarrier<S>
{
    private const int LongFormula = 12;

    public S Identity => op.Identity<S>();

    public S Combine(S a, S b) => op.Combine(a, b);

    public S Map(S x) => maps ? op.Map(x) : x;

    /// <summary>
    /// How many accesses a thread has under way: fewer where the formula is long, whose work hides them anyway.
    /// </summary>
    public int Unroll
    {
        get
        {
            using KernelWriter probe = new("probe");
            Map(S.Of(probe.Parameter(S.Type)));
            Combine(S.Of(probe.NewRegister(S.Type)), S.Of(probe.NewRegister(S.Type)));
            return probe.Length > LongFormula ? 1 : 4;
        }
    }

    /// <summary>
    /// Elements from memory, mapped and combined as a tree; those where the condition fails count as the neutral
    /// element.
    /// </summary>
    public S Read(DType type, int count, Value address, int offset, Value? condition)
    {
        S[] values = Elements.Read<S>(type, count, address, offset, condition);
        for (int i = 0; i < count; i++)
        {
            values[i] = Map(values[i]);
        }

        return Tree(values, condition);
    }

    private S Tree(S[] values, Value? condition)
    {
        S all = PtxFold.Tree<S>(values, Combine);
        return condition is { } holds ? S.Of(holds.Select(all.Value, Identity.Value)) : all;
    }
}
