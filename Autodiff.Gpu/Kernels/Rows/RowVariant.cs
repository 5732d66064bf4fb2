namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>
/// What decides the text of a kernel that works along rows, in the bits that are its key in the kernel cache.
/// </summary>
internal struct RowVariant
{
    private ulong _bits;

    public RowVariant(ulong bits) => _bits = bits;

    public readonly ulong Bits => _bits;

    /// <summary>The elements' type in memory.</summary>
    public DType From { readonly get => (DType)Get(0, 7); set => Set(0, 7, (int)value); }

    /// <summary>The type that computes.</summary>
    public DType Compute { readonly get => (DType)Get(3, 7); set => Set(3, 7, (int)value); }

    /// <summary>The results' type in memory.</summary>
    public DType To { readonly get => (DType)Get(6, 7); set => Set(6, 7, (int)value); }

    /// <summary>The binary logarithm of the threads that share a row.</summary>
    public int LogLanes { readonly get => Get(9, 15); set => Set(9, 15, value); }

    /// <summary>Neighbours in one access.</summary>
    public int Vector { readonly get => Get(13, 31); set => Set(13, 31, value); }

    /// <summary>How many accesses of a row a thread keeps in registers; 0 where a row is too long for that.</summary>
    public int Held { readonly get => Get(18, 15); set => Set(18, 15, value); }

    public int KeptRank { readonly get => Get(22, 31); set => Set(22, 31, value); }

    /// <summary>Whether steps take 64 bits.</summary>
    public bool Wide { readonly get => Get(27, 1) != 0; set => Set(27, 1, value ? 1 : 0); }

    /// <summary>Whether the largest come first.</summary>
    public bool Largest { readonly get => Get(28, 1) != 0; set => Set(28, 1, value ? 1 : 0); }

    /// <summary>Whether what is read was written by an earlier stage.</summary>
    public bool Continues { readonly get => Get(29, 1) != 0; set => Set(29, 1, value ? 1 : 0); }

    /// <summary>Whether another stage reads what is written.</summary>
    public bool Continued { readonly get => Get(30, 1) != 0; set => Set(30, 1, value ? 1 : 0); }

    /// <summary>Whether approximate instructions may stand for functions.</summary>
    public bool FastMath { readonly get => Get(31, 1) != 0; set => Set(31, 1, value ? 1 : 0); }

    /// <summary>Which of a family of results.</summary>
    public int Kind { readonly get => Get(32, 3); set => Set(32, 3, value); }

    /// <summary>The binary logarithm of a power of two.</summary>
    public int Power { readonly get => Get(34, 31); set => Set(34, 31, value); }

    private readonly int Get(int shift, int mask) => (int)(_bits >> shift) & mask;

    private void Set(int shift, int mask, int value) =>
        _bits = (_bits & ~((ulong)mask << shift)) | ((ulong)value << shift);
}
