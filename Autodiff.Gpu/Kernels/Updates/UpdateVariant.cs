namespace Autodiff.Gpu.Kernels.Updates;

/// <summary>Everything besides the rule that decides an update's kernel.</summary>
/// <param name="Type">The elements' type.</param>
/// <param name="Width">How many elements one access takes.</param>
/// <param name="HasTable">Whether a table says where parameters are.</param>
internal readonly record struct UpdateVariant(DType Type, int Width, bool HasTable)
{
    public UpdateVariant(ulong bits) : this((DType)(bits & 7), (int)(bits >> 3) & 31, bits >> 8 != 0)
    {
    }

    /// <summary>The choice as a number: the key among the kernels.</summary>
    public ulong Bits => (ulong)Type | ((ulong)Width << 3) | (HasTable ? 1UL << 8 : 0);
}
