using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autodiff.Algebra;

/// <summary>What the rules of an operation read, rule by rule, besides the upstream gradient: what the tape keeps for them.</summary>
internal readonly struct RuleReads
{
    private const int Bits = 4, IsKnown = 1 << (3 * Bits);

    private readonly ushort _sets;

    private RuleReads(ushort sets) => _sets = sets;

    /// <summary>What the rule for operand <paramref name="k"/> reads.</summary>
    public Operands this[int k] => (Operands)(_sets >> (k * Bits)) & Operands.All;

    /// <summary>Of a unary operation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RuleReads Of<TOp>(TOp op) where TOp : unmanaged, IUnaryOp => Known<UnaryRules<TOp>>.Of(new(op));

    /// <summary>Of a binary one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RuleReads OfBinary<TOp>(TOp op) where TOp : unmanaged, IBinaryOp => Known<BinaryRules<TOp>>.Of(new(op));

    /// <summary>Of a ternary one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RuleReads OfTernary<TOp>(TOp op) where TOp : unmanaged, ITernaryOp => Known<TernaryRules<TOp>>.Of(new(op));

    /// <summary>What is known of an operation's values. It may depend on them: the rule of a leaky relu reads the output, unless its slope is negative.</summary>
    private static unsafe class Known<TRules> where TRules : unmanaged, IReadingRule
    {
        /// <summary>More values are not remembered: an operation whose constant changes all the time runs its rule each time.</summary>
        private const int Most = 8;

        // By its only byte, which in an operation without fields says nothing, and may be anything.
        private static readonly ushort[] OfByte = new ushort[sizeof(TRules) == 1 ? 256 : 0];
        private static volatile (TRules Rules, RuleReads Reads)[] s_few = [];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static RuleReads Of(TRules rules)
        {
            if (sizeof(TRules) == 1)
            {
                ushort known = OfByte[*(byte*)&rules];
                return known != 0 ? new(known) : Learn(rules);
            }

            foreach (ref readonly (TRules Rules, RuleReads Reads) each in s_few.AsSpan())
            {
                if (MemoryMarshal.AsBytes(new ReadOnlySpan<TRules>(in each.Rules)).SequenceEqual(new ReadOnlySpan<byte>(&rules, sizeof(TRules))))
                {
                    return each.Reads;
                }
            }

            return Learn(rules);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static RuleReads Learn(TRules rules)
        {
            int sets = IsKnown;
            for (int k = 0; k < TRules.Count; k++)
            {
                sets |= (int)Branches.Union(rules, k) << (k * Bits);
            }

            RuleReads reads = new((ushort)sets);
            if (sizeof(TRules) == 1)
            {
                OfByte[*(byte*)&rules] = (ushort)sets;
            }
            else if (s_few.Length < Most)
            {
                s_few = [.. s_few, (rules, reads)];
            }

            return reads;
        }
    }

    private static Reads A => new(Operands.A);

    private static Reads B => new(Operands.B);

    private static Reads C => new(Operands.C);

    private static Reads Y => new(Operands.Output);

    private readonly struct UnaryRules<TOp>(TOp op) : IReadingRule where TOp : unmanaged, IUnaryOp
    {
        public static int Count => 1;

        public Operands Run(int k) => op.Vjp(default(Reads), A, Y).From;
    }

    private readonly struct BinaryRules<TOp>(TOp op) : IReadingRule where TOp : unmanaged, IBinaryOp
    {
        public static int Count => 2;

        public Operands Run(int k) => (k == 0 ? op.VjpA(default(Reads), A, B, Y) : op.VjpB(default(Reads), A, B, Y)).From;
    }

    private readonly struct TernaryRules<TOp>(TOp op) : IReadingRule where TOp : unmanaged, ITernaryOp
    {
        public static int Count => 3;

        public Operands Run(int k) =>
            (k switch { 0 => op.VjpA(default(Reads), A, B, C), 1 => op.VjpB(default(Reads), A, B, C), _ => op.VjpC(default(Reads), A, B, C) }).From;
    }
}

/// <summary>The rules of an operation on the carrier that notes what they read.</summary>
internal interface IReadingRule
{
    static abstract int Count { get; }

    Operands Run(int k);
}
