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
        UpdateOperands.RequireAlike<TRule>(each);
        using MemoryUse use = MemoryUse.Begin();
        Span<ulong> addresses = stackalloc ulong[MostOperands];
        addresses.Clear();
        ulong places = 0;
        for (int k = 0; k < OperandCount<TRule>(); k++)
        {
            TensorView view = Operand(each, k);
            if (!view.Layout.IsContiguous)
            {
                using WholeOperands whole = WithoutGaps<TRule>([each]);
                UpdateOne<TRule>(coefficients, whole.All[0]);
                return;
            }

            places |= addresses[k] = Address(use, view, "Update");
        }

        DType type = each.Parameter.DType;
        long count = each.Parameter.Count;
        UpdateVariant variant = new(type, places % 16 == 0 ? Elements.PerAccess(type) : 1, HasTable: false);
        LoadedKernel kernel = UpdateKernelOf<TRule>(variant);
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        for (long first = 0; first < count; first += UpdateTable.MostElements)
        {
            ArgumentWriter arguments = new(kernel.Layout, block);
            AddCoefficients(ref arguments, type, coefficients[..TRule.CoefficientCount]);
            for (int k = 0; k < MostOperands; k++)
            {
                arguments.AddView(k < OperandCount<TRule>() ? addresses[k] + (ulong)(first * type.SizeOf()) : 0);
            }

            uint elements = (uint)Math.Min(count - first, UpdateTable.MostElements);
            arguments.Add(elements);
            Launch(kernel, UpdateKernel.Blocks(elements, variant.Width, Sizes.Block), Sizes.Block, block);
        }
    }
}
