using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// Everything besides the formula that decides an elementwise kernel's text: types and patterns of its operands (the
/// last is the result), the type that computes, the number of dimensions, elements in one access, accesses in flight.
/// </summary>
internal struct ElementVariant(ulong bits)
{
    /// <summary>The most operands: four inputs and the result.</summary>
    public const int MaxOperands = 5;

    private const int Types = 0, Patterns = 15, Others = 25;

    private ulong _bits = bits;

    /// <summary>The choice as a number: the key of the kernel cache.</summary>
    public readonly ulong Bits => _bits;

    public DType Compute { readonly get => (DType)Get(Others, 7); set => Set(Others, 7, (int)value); }

    public int Rank { readonly get => Get(Others + 3, 31); set => Set(Others + 3, 31, value); }

    /// <summary>Elements that a thread treats as neighbours: 1, 2, 4 or 16.</summary>
    public int Width { readonly get => Get(Others + 8, 31); set => Set(Others + 8, 31, value); }

    /// <summary>How many groups of neighbours a thread has in flight.</summary>
    public int Unroll { readonly get => Get(Others + 13, 7); set => Set(Others + 13, 7, value); }

    public bool FastMath { readonly get => Get(Others + 16, 1) != 0; set => Set(Others + 16, 1, value ? 1 : 0); }

    /// <summary>Whether the formula has a slow path.</summary>
    public bool HasSlowPath { readonly get => Get(Others + 17, 1) != 0; set => Set(Others + 17, 1, value ? 1 : 0); }

    /// <summary>Whether one dimension is all there is: then the last elements may be fewer than a group.</summary>
    public readonly bool IsFlat => Rank == 1;

    public readonly DType TypeOf(int k) => (DType)Get(Types + 3 * k, 7);

    public readonly AccessPattern PatternOf(int k) => (AccessPattern)Get(Patterns + 2 * k, 3);

    public void Operand(int k, DType type, AccessPattern pattern)
    {
        Set(Types + 3 * k, 7, (int)type);
        Set(Patterns + 2 * k, 3, (int)pattern);
    }

    private readonly int Get(int shift, int mask) => (int)(_bits >> shift) & mask;

    private void Set(int shift, int mask, int value) =>
        _bits = (_bits & ~((ulong)mask << shift)) | ((ulong)value << shift);
}
