using Autodiff.Algebra;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// y = f(a, b, ...): each thread takes groups of neighbouring elements, loads all that it has in flight, computes,
/// stores.
/// </summary>
internal static class ElementwiseKernel
{
    /// <summary>Threads of a block.</summary>
    public const int Threads = 256;

    public static void Write<TFormula>(KernelWriter k, TFormula formula, ElementVariant variant)
        where TFormula : IFormula
    {
        int arity = TFormula.Arity;
        ElementIndex index = new(k, variant, arity + 1);
        Value groups = k.Parameter(PtxType.U32);
        Value count = variant.IsFlat && variant.Width > 1 ? k.Parameter(PtxType.U32) : groups;
        k.Bounds(Threads);
        Value thread = k.ThreadX, first = k.BlockX * (Threads * variant.Unroll) + thread;

        if (variant.Unroll > 1)
        {
            // Blocks that are full keep several groups in flight; the last one goes one by one.
            Value end = k.BlockX * (Threads * variant.Unroll) + (Threads * variant.Unroll);
            k.If(end <= groups, () => Groups(first, variant.Unroll), () =>
            {
                k.For(first, groups, Threads, group => Groups(group, 1));
                Remainder();
            });
        }
        else
        {
            k.If(first < groups, () => Groups(first, 1), variant.IsFlat && variant.Width > 1 ? Remainder : null);
        }

        void Groups(Value start, int number)
        {
            Value[][] addresses = new Value[number][];
            Value[][][] operands = new Value[number][][];
            for (int g = 0; g < number; g++)
            {
                Value[] at = index.Coordinates(start + g * Threads);
                addresses[g] = [.. Enumerable.Range(0, arity + 1).Select(o => index.Address(o, at))];
                operands[g] = new Value[arity][];
                for (int o = 0; o < arity; o++)
                {
                    operands[g][o] = g > 0 && variant.PatternOf(o) == AccessPattern.Single
                        ? operands[0][o]
                        : index.Load(o, variant.Compute, addresses[g][o]);
                }
            }

            for (int g = 0; g < number; g++)
            {
                Value[] results = new Value[variant.Width];
                for (int i = 0; i < results.Length; i++)
                {
                    results[i] = Formula([.. operands[g].Select(values => values[values.Length == 1 ? 0 : i])]);
                }

                index.Store(arity, variant.Compute, addresses[g][arity], results);
            }
        }

        // Elements beyond the last whole group: one each for the first threads that have no group.
        void Remainder()
        {
            if (!variant.IsFlat || variant.Width == 1)
            {
                return;
            }

            Value whole = groups * variant.Width;
            Value element = variant.Unroll > 1 ? whole + thread : first - groups + whole;
            k.If(element < count, () =>
            {
                Value[] x = [.. Enumerable.Range(0, arity).Select(o =>
                    ElementAccess.Load(k, variant.TypeOf(o), variant.Compute, index.Element(o, element)))];
                ElementAccess.Store(k, variant.TypeOf(arity), variant.Compute, index.Element(arity, element),
                    Formula(x));
            });
        }

        Value Formula(ReadOnlySpan<Value> x) => KernelFormula.Write(formula, variant.Compute, x, variant.FastMath);
    }

    /// <summary>
    /// Blocks for so many groups and the elements left over: where a thread takes several groups, one block at the end
    /// is not full and takes the rest.
    /// </summary>
    public static uint Blocks(ElementVariant variant, uint groups, uint remainder)
    {
        uint tile = (uint)(Threads * variant.Unroll);
        return variant.Unroll > 1
            ? groups / tile + (groups % tile + remainder > 0 ? 1u : 0u)
            : (groups + remainder + tile - 1) / tile;
    }

    /// <summary>How many instructions the formula takes, about.</summary>
    public static int Cost<TFormula>(TFormula formula, DType compute) where TFormula : IFormula
    {
        using KernelWriter k = new("cost");
        PtxType type = PtxTypes.Of(compute);
        KernelFormula.Write(formula, compute,
            [.. Enumerable.Range(0, TFormula.Arity).Select(_ => k.NewRegister(type))]);
        return k.Length;
    }
}
