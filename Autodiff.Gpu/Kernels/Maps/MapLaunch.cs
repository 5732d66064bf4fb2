using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>The host's side of a map's kernel: its arguments and its grid.</summary>
internal static class MapLaunch
{
    /// <summary>
    /// Blocks for so many groups and the elements left over: where a thread takes several groups, one block at the end
    /// is not full and takes the rest.
    /// </summary>
    public static uint Blocks(BlockSizes sizes, ElementVariant variant, uint groups, uint remainder)
    {
        uint tile = (uint)(sizes.Block * variant.Unroll);
        return variant.Unroll > 1
            ? groups / tile + (groups % tile + remainder > 0 ? 1u : 0u)
            : (groups + remainder + tile - 1) / tile;
    }

    /// <summary>Writes a <see cref="MapArguments{TFormula, A, B, C, D, Y, TSpace}"/>, field after field.</summary>
    public static void Pass<TFormula>(
        ArgumentWriter arguments, ReadOnlySpan<ValueField> fields, in TFormula formula, ElementVariant variant,
        in ElementPlan plan, ReadOnlySpan<ulong> addresses) where TFormula : unmanaged, IFormula
    {
        arguments.Add(fields, MemoryMarshal.AsBytes(new ReadOnlySpan<TFormula>(in formula)));
        int last = plan.Rank - 1, y = TFormula.Arity;
        for (int k = 0; k < y; k++)
        {
            Operand(ref arguments, variant, plan, addresses, k);
        }

        for (int k = y; k < Formulas.MostOperands; k++)
        {
            arguments.Skip();
        }

        Operand(ref arguments, variant, plan, addresses, y);
        if (MapTypes.HasSteps(variant, y + 1))
        {
            // From the row outwards, as the types are nested.
            for (int d = last; d >= 0; d--)
            {
                if (d > 0)
                {
                    StrideTypes.Add(
                        ref arguments, new Divisor((uint)(d == last ? plan.Dims[d] / variant.Width : plan.Dims[d])));
                }

                for (int k = 0; k < Formulas.MostOperands; k++)
                {
                    arguments.Add(k < y ? Step(variant, plan, k, d) : 0);
                }

                arguments.Add(Step(variant, plan, y, d));
            }
        }
        else
        {
            arguments.Skip();
        }

        arguments.Add((uint)plan.Count / (uint)variant.Width);
        arguments.Add((uint)plan.Count);
    }

    private static void Operand(
        ref ArgumentWriter arguments, ElementVariant variant, in ElementPlan plan, ReadOnlySpan<ulong> addresses, int k)
    {
        arguments.Add(addresses[k]);
        arguments.Add(plan.Count);
        if (variant.PatternOf(k) == AccessPattern.Strided)
        {
            arguments.Add(plan.Stride(k, plan.Rank - 1));
        }
    }

    /// <summary>Writes a <see cref="Maps.Steps"/> of one operand and the result.</summary>
    public static void Steps(ref ArgumentWriter arguments, int a, int y)
    {
        arguments.Add(a);
        for (int k = 1; k < Formulas.MostOperands; k++)
        {
            arguments.Add(0);
        }

        arguments.Add(y);
    }

    /// <summary>
    /// The distance between operand k's neighbours along dimension d, between groups along the last: in groups where
    /// neighbours are neighbours in memory, else in elements.
    /// </summary>
    private static int Step(ElementVariant variant, in ElementPlan plan, int k, int d)
    {
        long step = plan.Stride(k, d), groups = d == plan.Rank - 1 ? variant.Width : 1;
        return (int)(variant.PatternOf(k) == AccessPattern.Linear ? step * groups / variant.Width : step * groups);
    }
}
