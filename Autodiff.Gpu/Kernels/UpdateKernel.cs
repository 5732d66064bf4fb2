using System.Buffers.Binary;
using Autodiff.Algebra;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// An optimizer's step of many parameters in one launch: a table among the kernel's parameters says where each one lies
/// and which block is its first. A block finds its line in the table and updates one tile of elements.
/// </summary>
/// <remarks>The table goes with the launch, not through memory, so that a captured launch keeps its own.</remarks>
internal static class UpdateKernel
{
    public const int Threads = 256;

    /// <summary>Lines of the table: a power of two, small enough for a kernel's parameters.</summary>
    public const int Entries = 64;

    /// <summary>Elements of one line; a longer parameter takes several.</summary>
    public const long MostElements = 1L << 30;

    /// <summary>Bytes of a line: addresses, then the number of elements and the first block.</summary>
    public static int EntryBytes(int operands) => 8 * operands + 8;

    /// <summary>Elements that one block updates.</summary>
    public static int Tile(int width) => Threads * width;

    /// <summary>Writes one line of the table.</summary>
    public static void PassEntry(Span<byte> table, int entry, ReadOnlySpan<ulong> addresses, uint count,
        uint firstBlock)
    {
        Span<byte> line = table.Slice(entry * EntryBytes(addresses.Length), EntryBytes(addresses.Length));
        for (int k = 0; k < addresses.Length; k++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(line[(8 * k)..], addresses[k]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(line[(8 * addresses.Length)..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(line[(8 * addresses.Length + 4)..], firstBlock);
    }

    /// <summary>
    /// Writes the kernel of a rule, for elements of one type taken <paramref name="width"/> at a time.
    /// </summary>
    public static void Write<TRule>(KernelWriter k, DType type, int width) where TRule : struct, IUpdateRule
    {
        if (type == DType.Float32)
        {
            Write<TRule, PtxReal<Single32>>(k, width);
        }
        else
        {
            Write<TRule, PtxReal<Double64>>(k, width);
        }
    }

    private static void Write<TRule, S>(KernelWriter k, int width)
        where TRule : struct, IUpdateRule where S : IPtxCarrier<S>
    {
        int operands = 2 + TRule.StateCount, entryBytes = EntryBytes(operands), size = S.Type.SizeOf();
        S[] coefficients = new S[TRule.CoefficientCount];
        for (int c = 0; c < coefficients.Length; c++)
        {
            coefficients[c] = S.Of(k.Parameter(S.Type));
        }

        Value table = k.ParameterBlock(Entries * entryBytes);
        k.Bounds(Threads);

        // The last line whose first block is not beyond this one; unused lines begin at the largest number.
        Value block = k.BlockX, line = Value.Constant(PtxType.U32, 0L);
        for (int step = Entries / 2; step > 0; step /= 2)
        {
            Value candidate = line + step;
            Value begins = k.LoadParameter(PtxType.U32, k.At(table, candidate, entryBytes), 8 * operands + 4);
            line = (begins <= block).Select(candidate, line);
        }

        Value entry = k.At(table, line, entryBytes);
        Value count = k.LoadParameter(PtxType.U32, entry, 8 * operands);
        Value first = k.LoadParameter(PtxType.U32, entry, 8 * operands + 4);
        Value element = (block - first) * Tile(width) + k.ThreadX * width;
        Value[] places = new Value[operands];
        for (int o = 0; o < operands; o++)
        {
            places[o] = k.At(k.LoadParameter(PtxType.U64, entry, 8 * o), element, size);
        }

        k.If(element + width <= count, () => Step(places, width), () =>
        {
            if (width > 1)
            {
                for (int i = 0; i < width - 1; i++)
                {
                    k.If(element + i < count, () => Step([.. places.Select(place => k.At(place, i, size))], 1));
                }
            }
        });

        // Gradient, parameter, states: load, apply the rule, store all but the gradient.
        void Step(Value[] at, int elements)
        {
            Value[][] x = [.. at.Select(place => ElementAccess.Load(k, S.Type, place, elements))];
            for (int i = 0; i < elements; i++)
            {
                S w = S.Of(x[1][i]);
                S s0 = operands > 2 ? S.Of(x[2][i]) : default!, s1 = operands > 3 ? S.Of(x[3][i]) : default!,
                    s2 = operands > 4 ? S.Of(x[4][i]) : default!;
                TRule.Apply(new Listed<S>(coefficients), S.Of(x[0][i]), ref w, ref s0, ref s1, ref s2);
                x[1][i] = w.Value;
                Keep(2, s0);
                Keep(3, s1);
                Keep(4, s2);

                void Keep(int operand, S state)
                {
                    if (operand < operands)
                    {
                        x[operand][i] = state.Value;
                    }
                }
            }

            for (int o = 1; o < operands; o++)
            {
                ElementAccess.Store(k, S.Type, at[o], x[o]);
            }
        }
    }
}
