namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>
/// Everything besides the formula that decides a reduction's kernel, in the bits that are its key among the kernels.
/// </summary>
internal struct ReduceVariant
{
    private ulong _bits;

    public ReduceVariant(ulong bits) => _bits = bits;

    public readonly ulong Bits => _bits;

    /// <summary>The elements' type in memory.</summary>
    public DType From { readonly get => (DType)Get(0, 7); set => Set(0, 7, (int)value); }

    /// <summary>The type in which elements are combined.</summary>
    public DType Compute { readonly get => (DType)Get(3, 7); set => Set(3, 7, (int)value); }

    /// <summary>The results' type in memory.</summary>
    public DType To { readonly get => (DType)Get(6, 7); set => Set(6, 7, (int)value); }

    /// <summary>Neighbours in one access.</summary>
    public int Vector { readonly get => Get(9, 31); set => Set(9, 31, value); }

    public int KeptRank { readonly get => Get(14, 31); set => Set(14, 31, value); }

    /// <summary>The number of reduced dimensions; 0 along rows whose elements are neighbours.</summary>
    public int ReducedRank { readonly get => Get(19, 31); set => Set(19, 31, value); }

    /// <summary>Whether steps take 64 bits.</summary>
    public bool Wide { readonly get => Get(24, 1) != 0; set => Set(24, 1, value ? 1 : 0); }

    /// <summary>The binary logarithm of the threads that share a row, or that lie across columns.</summary>
    public int LogLanes { readonly get => Get(25, 15); set => Set(25, 15, value); }

    private readonly int Get(int shift, int mask) => (int)(_bits >> shift) & mask;

    private void Set(int shift, int mask, int value) =>
        _bits = (_bits & ~((ulong)mask << shift)) | ((ulong)value << shift);
}
