using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autodiff.Algebra;

/// <summary>
/// What the rules of an operation read, rule by rule, besides the upstream gradient: what the tape keeps for them.
/// </summary>
internal readonly struct RuleReads
{
    private const int Bits = 4, IsKnown = 1 << (3 * Bits);

    private readonly ushort _sets;

    private RuleReads(ushort sets) => _sets = sets;

    /// <summary>What the rule for operand <paramref name="k"/> reads.</summary>
    public Operands this[int k] => (Operands)(_sets >> (k * Bits)) & Operands.All;

    /// <summary>
    /// What is left where operand <paramref name="hole"/> of <paramref name="arity"/> is a number: the rules of the
    /// others, without it.
    /// </summary>
    public RuleReads Without(int hole, int arity)
    {
        int sets = IsKnown, below = (1 << hole) - 1;
        for (int k = 0; k < arity - 1; k++)
        {
            int reads = (int)this[k < hole ? k : k + 1], inputs = reads & (int)~Operands.Output;
            sets |= ((inputs & below) | (inputs >> 1 & ~below) | (reads & (int)Operands.Output)) << (k * Bits);
        }

        return new((ushort)sets);
    }

    /// <summary>
    /// What the rules of <paramref name="op"/> read. It may depend on its fields: a leaky relu reads its output, unless
    /// its slope is negative.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    public static RuleReads Of<TOp>(TOp op) where TOp : unmanaged, IOperation => Known<TOp>.Of(op);

    private static unsafe class Known<TOp> where TOp : unmanaged, IOperation
    {
        /// <summary>
        /// More values are not remembered: an operation whose constant changes all the time runs its rules each time.
        /// </summary>
        private const int Most = 8;

        // By its only byte, which in an operation without fields says nothing, and may be anything.
        private static readonly ushort[] OfByte = new ushort[sizeof(TOp) == 1 ? 256 : 0];
        private static volatile (TOp Op, RuleReads Reads)[] s_few = [];

        [MethodImpl(AggressiveInlining)]
        public static RuleReads Of(TOp op)
        {
            if (sizeof(TOp) == 1)
            {
                ushort known = OfByte[*(byte*)&op];
                return known != 0 ? new(known) : Learn(op);
            }

            foreach (ref readonly (TOp Op, RuleReads Reads) each in s_few.AsSpan())
            {
                if (MemoryMarshal.AsBytes(new ReadOnlySpan<TOp>(in each.Op))
                    .SequenceEqual(new ReadOnlySpan<byte>(&op, sizeof(TOp))))
                {
                    return each.Reads;
                }
            }

            return Learn(op);
        }

        [MethodImpl(NoInlining)]
        private static RuleReads Learn(TOp op)
        {
            int sets = IsKnown;
            for (int k = 0; k < TOp.Arity; k++)
            {
                sets |= (int)Branches.Union(op, k) << (k * Bits);
            }

            RuleReads reads = new((ushort)sets);
            if (sizeof(TOp) == 1)
            {
                OfByte[*(byte*)&op] = (ushort)sets;
            }
            else if (s_few.Length < Most)
            {
                s_few = [.. s_few, (op, reads)];
            }

            return reads;
        }
    }
}
