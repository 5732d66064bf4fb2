using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>Random numbers: each thread turns one block of Philox's stream into two or four elements.</summary>
internal static class PhiloxKernel
{
    public const int Threads = 256;

    /// <param name="k">The kernel.</param>
    /// <param name="kind">What numbers.</param>
    /// <param name="type">The elements' type.</param>
    /// <param name="whole">Whether a block's elements can be stored in one access.</param>
    public static void Write(KernelWriter k, PhiloxKind kind, DType type, bool whole)
    {
        if (type == DType.Float64)
        {
            Write<PtxReal<Double64>>(k, kind, type, whole);
        }
        else
        {
            Write<PtxReal<Single32>>(k, kind, type, whole);
        }
    }

    private static void Write<S>(KernelWriter k, PhiloxKind kind, DType type, bool whole) where S : IPtxCarrier<S>
    {
        Value y = k.Parameter(PtxType.U64), key = k.Parameter(PtxType.U64), offset = k.Parameter(PtxType.U64),
            threshold = k.Parameter(PtxType.U64);
        S a = S.Of(k.Parameter(S.Type)), b = S.Of(k.Parameter(S.Type));
        Value count = k.Parameter(PtxType.U32);
        k.Bounds(Threads);
        int per = new PhiloxDraw(kind, 0, 0, 0, 0, 0).PerBlock(type), size = type.SizeOf();
        DType compute = S.Type == PtxType.F64 ? DType.Float64 : DType.Float32;
        Value thread = k.BlockX * Threads + k.ThreadX, first = thread * per;
        k.ReturnIf(first >= count);

        Value number = offset + thread.To(PtxType.U64), zero = Value.Constant(PtxType.U32, 0L);
        (Word x0, Word x1, Word x2, Word x3) = Philox.Block<Word>(
            new(number.To(PtxType.U32)), new((number >> 32).To(PtxType.U32)), new(zero), new(zero),
            new(key.To(PtxType.U32)), new((key >> 32).To(PtxType.U32)));
        Value[] words = [x0.Value, x1.Value, x2.Value, x3.Value];
        Value[] elements = kind switch
        {
            PhiloxKind.Choice => [.. words.Select(word => (word.To(PtxType.U64) < threshold).Select(a.Value, b.Value))],
            PhiloxKind.Uniform => [.. Units(words).Select(unit => Philox.Uniform(unit, a, b).Value)],
            _ => Normals(words),
        };

        Value address = k.At(y, first, size);
        Value last = first + per;
        if (whole)
        {
            k.If(last <= count, () => ElementAccess.Store(k, type, compute, address, elements), Each);
        }
        else
        {
            Each();
        }

        void Each()
        {
            for (int i = 0; i < per; i++)
            {
                Value element = elements[i];
                k.If(first + i < count, () => ElementAccess.Store(k, type, compute, k.At(address, i, size), element));
            }
        }

        // Numbers in [0, 1): the upper 24 bits of each word, or 53 of each pair.
        static S[] Units(Value[] words) => S.Type == PtxType.F64
            ? [Scaled(Pair(words, 0)), Scaled(Pair(words, 2))]
            : [.. words.Select(Unit)];

        Value[] Normals(Value[] words)
        {
            if (S.Type == PtxType.F64)
            {
                (S p, S q) = Philox.Normals(Scaled(Pair(words, 0) + 1), Scaled(Pair(words, 2)), a, b);
                return [p.Value, q.Value];
            }

            (S first, S second) = Philox.Normals(Positive(words[0]), Unit(words[1]), a, b);
            (S third, S fourth) = Philox.Normals(Positive(words[2]), Unit(words[3]), a, b);
            return [first.Value, second.Value, third.Value, fourth.Value];
        }

        static Value Pair(Value[] words, int i) =>
            ((words[i + 1].To(PtxType.U64) << 32) | words[i].To(PtxType.U64)) >> 11;

        static S Scaled(Value bits) => S.Of(bits.To(S.Type)) * S.Const(1.0 / (1L << 53));

        static S Unit(Value word) => S.Of((word >> 8).To(S.Type)) * S.Const(1.0 / (1 << 24));

        static S Positive(Value word) =>
            S.FusedMultiplyAdd(S.Of(word.To(S.Type)), S.Const(1.0 / (1L << 32)), S.Const(1.0 / (1L << 33)));
    }

    /// <summary>A word in a register.</summary>
    private readonly record struct Word(Value Value) : IPhiloxWord<Word>
    {
        public static Word operator ^(Word a, Word b) => new(a.Value ^ b.Value);

        public static Word Add(Word a, uint b) => new(a.Value + Value.Constant(PtxType.U32, (long)b));

        public static (Word High, Word Low) Multiply(Word a, uint b)
        {
            Value factor = Value.Constant(PtxType.U32, (long)b);
            return (new(KernelWriter.Current.InRegister(a.Value).MultiplyHigh(factor)), new(a.Value * factor));
        }
    }
}
