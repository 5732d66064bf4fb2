using Autodiff.Algebra;

namespace Autodiff;

/// <summary>A 32-bit word as Philox computes with it: a number on the processor, a register in a kernel.</summary>
internal interface IPhiloxWord<W> where W : IPhiloxWord<W>
{
    static abstract W operator ^(W a, W b);

    /// <summary>a + b modulo 2^32.</summary>
    static abstract W Add(W a, uint b);

    /// <summary>Both halves of the 64-bit product.</summary>
    static abstract (W High, W Low) Multiply(W a, uint b);
}

/// <summary>
/// Philox4x32-10: four random words from the number of a block and a key (J. K. Salmon, M. A. Moraes, R. O. Dror,
/// D. E. Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011), and how words become normal numbers.
/// </summary>
internal static class Philox
{
    /// <summary>Words of a block.</summary>
    public const int Words = 4;

    private const int Rounds = 10;

    /// <summary>The words of the block that the counter c0..c3 names, under the key k0, k1.</summary>
    public static (W X0, W X1, W X2, W X3) Block<W>(W c0, W c1, W c2, W c3, W k0, W k1) where W : IPhiloxWord<W>
    {
        for (int round = 0; round < Rounds; round++)
        {
            (W high0, W low0) = W.Multiply(c0, 0xD2511F53);
            (W high1, W low1) = W.Multiply(c2, 0xCD9E8D57);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0);
            (k0, k1) = (W.Add(k0, 0x9E3779B9), W.Add(k1, 0xBB67AE85));
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>
    /// from + u (to - from) for u in [0, 1). What rounds up to the end counts as the start, so that all numbers are
    /// equally likely.
    /// </summary>
    public static S Uniform<S>(S u, S from, S to) where S : IReal<S>
    {
        S y = S.FusedMultiplyAdd(u, to - from, from);
        return S.SelectLess(y, to, y, from);
    }

    /// <summary>Two normal numbers from u in (0, 1] and v in [0, 1): the transform of Box and Muller (1958).</summary>
    public static (S A, S B) Normals<S>(S u, S v, S mean, S std) where S : IReal<S>
    {
        S r = S.Sqrt(S.Const(-2) * S.Log(u)), t = S.Const(2 * Math.PI) * v;
        return (S.FusedMultiplyAdd(r * S.Cos(t), std, mean), S.FusedMultiplyAdd(r * S.Sin(t), std, mean));
    }
}

/// <summary>A word on the processor.</summary>
internal readonly record struct PhiloxWord(uint Value) : IPhiloxWord<PhiloxWord>
{
    public static PhiloxWord operator ^(PhiloxWord a, PhiloxWord b) => new(a.Value ^ b.Value);

    public static PhiloxWord Add(PhiloxWord a, uint b) => new(unchecked(a.Value + b));

    public static (PhiloxWord High, PhiloxWord Low) Multiply(PhiloxWord a, uint b)
    {
        ulong product = (ulong)a.Value * b;
        return (new((uint)(product >> 32)), new((uint)product));
    }
}

/// <summary>What kind of numbers a draw makes.</summary>
internal enum PhiloxKind
{
    /// <summary>u (B - A) + A with u in [0, 1): 24 bits of a word for float32, 53 of two words for float64.</summary>
    Uniform,

    /// <summary>Mean A, standard deviation B; two numbers from two uniforms.</summary>
    Normal,

    /// <summary>A where a word is below the threshold, else B.</summary>
    Choice,
}

/// <summary>
/// One draw: which numbers, and the part of the stream that they come from. Element i is decided by block
/// <c>Offset + i / PerBlock</c>.
/// </summary>
internal readonly record struct PhiloxDraw(PhiloxKind Kind, ulong Key, ulong Offset, double A, double B,
    ulong Threshold)
{
    /// <summary>Elements of one block: four, or two where an element takes two words.</summary>
    public int PerBlock(DType type) => Kind != PhiloxKind.Choice && type == DType.Float64 ? 2 : 4;

    /// <summary>How many blocks so many elements take.</summary>
    public ulong Blocks(DType type, long count) => ((ulong)count + (ulong)PerBlock(type) - 1) / (ulong)PerBlock(type);
}

/// <summary>A backend that draws Philox's numbers where they are wanted.</summary>
internal interface IPhiloxBackend
{
    /// <summary>Fills a contiguous view.</summary>
    void Draw(in PhiloxDraw draw, in TensorView y);
}
