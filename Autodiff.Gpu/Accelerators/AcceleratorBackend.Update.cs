using System.Diagnostics.CodeAnalysis;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;

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

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Of.")]
    private void UpdateOne<TRule>(ReadOnlySpan<double> coefficients, in UpdateOperands each)
        where TRule : struct, IUpdateRule
    {
        TensorView[] given = [each.Gradient, each.Parameter, each.State0, each.State1, each.State2];
        TensorView[] whole = [.. given];
        int count = 2 + TRule.StateCount;
        for (int k = 0; k < count; k++)
        {
            if (!given[k].Layout.IsContiguous)
            {
                long bytes = given[k].Count * given[k].DType.SizeOf();
                whole[k] = new(Allocate(bytes), 0, given[k].Layout.AsContiguous(), given[k].DType);
                Copy(given[k], whole[k]);
            }
        }

        DType type = each.Parameter.DType;
        LoadedKernel kernel = Compiled.Get(RuleKernel.Name, default(RuleOf<TRule>), (ulong)type,
            static (_, bits) => RuleKernel.Method<TRule>((DType)bits));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        using MemoryUse use = MemoryUse.Begin();
        for (long first = 0; first < each.Parameter.Count; first += int.MaxValue)
        {
            ArgumentWriter arguments = new(kernel.Layout, block);
            for (int c = 0; c < TRule.CoefficientCount; c++)
            {
                if (type == DType.Float64)
                {
                    arguments.Add(coefficients[c]);
                }
                else
                {
                    arguments.Add((float)coefficients[c]);
                }
            }

            arguments.Skip(); // the end of the coefficients is an empty structure
            for (int k = 0; k < whole.Length; k++)
            {
                arguments.AddView(k < count ? Address(use, whole[k], "Update") + (ulong)(first * type.SizeOf()) : 0);
            }

            uint elements = (uint)Math.Min(each.Parameter.Count - first, int.MaxValue);
            arguments.Add(elements);
            Launch(kernel, Sizes.Blocks(elements), Sizes.Block, block);
        }

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

    /// <summary>Stands for a rule where a kernel is looked up.</summary>
    private readonly struct RuleOf<TRule> where TRule : struct;
}
