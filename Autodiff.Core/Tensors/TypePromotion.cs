namespace Autodiff;

/// <summary>
/// The element type that operands of different types compute in, by PyTorch's rule: tensors with dimensions outrank
/// zero-dimensional tensors, which outrank plain numbers; a lower rank counts only where it brings a higher category
/// (bool, integer, floating point).
/// </summary>
internal static class TypePromotion
{
    public const DType Default = DType.Float32;

    public static DType Result(Tensor a, Tensor b) => a.DType == b.DType && !a.IsNumber && !b.IsNumber
        ? a.DType
        : Result([a, b]);

    public static DType Result(params ReadOnlySpan<Tensor> operands)
    {
        DType? dimensioned = null, scalar = null, number = null;
        foreach (Tensor t in operands)
        {
            ref DType? slot = ref t.IsNumber ? ref number : ref (t.Rank == 0 ? ref scalar : ref dimensioned);
            DType type = t.IsNumber && t.DType == DType.Float64 ? Default : t.DType;
            slot = slot is { } known ? DTypes.Promote(known, type) : type;
        }

        // A number alone keeps what it is; beside a float64 tensor it must not become float32.
        return Combine(Combine(dimensioned, scalar), number) ?? Default;
    }

    /// <summary>The floating type an operation such as exp computes in: integers become the default type.</summary>
    public static DType Float(DType type) => type.IsFloatingPoint() ? type : Default;

    /// <summary>
    /// Whether a result of <paramref name="type"/> may be written into a tensor of <paramref name="target"/>: its
    /// category is no higher.
    /// </summary>
    public static bool CanHold(DType target, DType type) => Category(type) <= Category(target);

    private static DType? Combine(DType? high, DType? low) =>
        high is not { } h ? low : low is not { } l || Category(l) <= Category(h) ? h : DTypes.Promote(h, l);

    private static int Category(DType type) => type switch { DType.Bool => 0, DType.Int32 or DType.Int64 => 1, _ => 2 };
}
