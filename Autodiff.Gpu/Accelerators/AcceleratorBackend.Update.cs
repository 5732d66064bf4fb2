using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Updates;

namespace Autodiff.Gpu.Accelerators;

/// <summary>Optimizers' rules: one launch for each parameter.</summary>
internal sealed partial class AcceleratorBackend
{
    public override void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
    {
        foreach (ref readonly UpdateOperands each in operands)
        {
            if (each.Parameter.Count > 0)
            {
                UpdateOne<TRule>(coefficients, each);
            }
        }
    }

    private void UpdateOne<TRule>(ReadOnlySpan<double> coefficients, in UpdateOperands each)
        where TRule : struct, IUpdateRule
    {
        int count = OperandCount<TRule>();
        TensorView[] given = new TensorView[count], whole = new TensorView[count];
        for (int k = 0; k < count; k++)
        {
            given[k] = whole[k] = Operand(each, k);
            if (!given[k].Layout.IsContiguous)
            {
                long bytes = given[k].Count * given[k].DType.SizeOf();
                whole[k] = new(Allocate(bytes), 0, given[k].Layout.AsContiguous(), given[k].DType);
                Copy(given[k], whole[k]);
            }
        }

        Launch<TRule>(each.Parameter.DType, coefficients[..TRule.CoefficientCount], each.Parameter.Count, whole);
        for (int k = 0; k < count; k++)
        {
            if (!ReferenceEquals(whole[k].Storage, given[k].Storage))
            {
                if (k > 0)
                {
                    Copy(whole[k], given[k]);
                }

                whole[k].Storage.Release();
            }
        }
    }

    private void Launch<TRule>(DType type, ReadOnlySpan<double> coefficients, long count, TensorView[] operands)
        where TRule : struct, IUpdateRule
    {
        using MemoryUse use = MemoryUse.Begin();
        Span<ulong> addresses = stackalloc ulong[MostOperands];
        addresses.Clear();
        ulong places = 0;
        for (int k = 0; k < operands.Length; k++)
        {
            places |= addresses[k] = Address(use, operands[k], "Update");
        }

        UpdateVariant variant = new(type, places % 16 == 0 ? Elements.PerAccess(type) : 1, HasTable: false);
        LoadedKernel kernel = UpdateKernelOf<TRule>(variant);
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        for (long first = 0; first < count; first += UpdateTable.MostElements)
        {
            ArgumentWriter arguments = new(kernel.Layout, block);
            AddCoefficients(ref arguments, type, coefficients);
            for (int k = 0; k < MostOperands; k++)
            {
                arguments.AddView(k < operands.Length ? addresses[k] + (ulong)(first * type.SizeOf()) : 0);
            }

            uint elements = (uint)Math.Min(count - first, UpdateTable.MostElements);
            arguments.Add(elements);
            Launch(kernel, UpdateKernel.Blocks(elements, variant.Width, Sizes.Block), Sizes.Block, block);
        }
    }
}
