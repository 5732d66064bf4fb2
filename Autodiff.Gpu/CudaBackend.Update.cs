using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels;

namespace Autodiff.Gpu;

/// <summary>Optimizers' rules.</summary>
internal sealed partial class CudaBackend
{
    public override void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
    {
        UpdateAll<TRule>(DType.Float32, coefficients, operands);
        UpdateAll<TRule>(DType.Float64, coefficients, operands);
    }

    /// <summary>The step of all parameters of one type: one launch for as many as its table holds.</summary>
    [SkipLocalsInit]
    private void UpdateAll<TRule>(DType type, ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule
    {
        int inputs = 2 + TRule.StateCount, size = type.SizeOf();
        Span<byte> table = stackalloc byte[UpdateKernel.Entries * UpdateKernel.EntryBytes(5)];
        table = table[..(UpdateKernel.Entries * UpdateKernel.EntryBytes(inputs))];
        using MemoryUse use = MemoryUse.Begin();
        Span<ulong> addresses = stackalloc ulong[5];
        addresses = addresses[..inputs];

        // Elements in one access: as many as every parameter's place allows.
        int width = 16 / size, used = 0;
        foreach (ref readonly UpdateOperands each in operands)
        {
            if (each.Parameter.DType == type && Places<TRule>(use, each, addresses))
            {
                width = Aligned(addresses) ? width : 1;
            }
        }

        uint blocks = 0;
        table.Fill(byte.MaxValue);
        foreach (ref readonly UpdateOperands each in operands)
        {
            long count = each.Parameter.Count;
            if (each.Parameter.DType != type || count == 0)
            {
                continue;
            }

            if (!Places<TRule>(use, each, addresses))
            {
                UpdateStrided<TRule>(coefficients, each);
                continue;
            }

            while (count > 0)
            {
                long part = Math.Min(count, UpdateKernel.MostElements);
                UpdateKernel.PassEntry(table, used++, addresses, (uint)part, blocks);
                blocks += (uint)((part + UpdateKernel.Tile(width) - 1) / UpdateKernel.Tile(width));
                if (used == UpdateKernel.Entries)
                {
                    LaunchUpdate<TRule>(type, width, coefficients, table, blocks);
                    table.Fill(byte.MaxValue);
                    (used, blocks) = (0, 0);
                }

                count -= part;
                foreach (ref ulong address in addresses)
                {
                    address += (ulong)(part * size);
                }
            }
        }

        if (used > 0)
        {
            LaunchUpdate<TRule>(type, width, coefficients, table, blocks);
        }

        static bool Aligned(ReadOnlySpan<ulong> addresses)
        {
            ulong all = 0;
            foreach (ulong address in addresses)
            {
                all |= address;
            }

            return all % 16 == 0;
        }
    }

    private void LaunchUpdate<TRule>(DType type, int width, ReadOnlySpan<double> coefficients, ReadOnlySpan<byte> table,
        uint blocks)
        where TRule : struct, IUpdateRule
    {
        nint function = Kernels.Get<RuleOf<TRule>>("update", (ulong)type | ((ulong)width << 4),
            static (k, bits) => UpdateKernel.Write<TRule>(k, (DType)(bits & 15), (int)(bits >> 4)));
        KernelArguments arguments = new();
        for (int c = 0; c < TRule.CoefficientCount; c++)
        {
            if (type == DType.Float32)
            {
                arguments.Add((float)coefficients[c]);
            }
            else
            {
                arguments.Add(coefficients[c]);
            }
        }

        arguments.AddBlock(table);
        Context.Launch(function, (blocks, 1, 1), UpdateKernel.Threads, ref arguments);
    }

    /// <summary>The addresses of gradient, parameter and states; false where one of them has gaps.</summary>
    private bool Places<TRule>(in MemoryUse use, in UpdateOperands each, Span<ulong> addresses)
        where TRule : struct, IUpdateRule
    {
        bool whole = true;
        for (int k = 0; k < addresses.Length; k++)
        {
            TensorView view = Operand(each, k);
            whole &= view.Layout.IsContiguous;
            addresses[k] = Address(use, view, "Update");
        }

        return whole;
    }

    /// <summary>A step of operands with gaps: on copies without.</summary>
    private void UpdateStrided<TRule>(ReadOnlySpan<double> coefficients, in UpdateOperands each)
        where TRule : struct, IUpdateRule
    {
        TensorView[] whole = new TensorView[5];
        for (int k = 0; k < 2 + TRule.StateCount; k++)
        {
            TensorView view = Operand(each, k);
            whole[k] = new(Allocate(view.Count * view.DType.SizeOf()), 0, view.Layout.AsContiguous(), view.DType);
            Copy(view, whole[k]);
        }

        UpdateAll<TRule>(each.Parameter.DType, coefficients, [new(whole[1], whole[0], whole[2], whole[3], whole[4])]);
        for (int k = 0; k < 2 + TRule.StateCount; k++)
        {
            if (k > 0)
            {
                Copy(whole[k], Operand(each, k));
            }

            whole[k].Storage.Release();
        }
    }

    private static TensorView Operand(in UpdateOperands each, int k) => k switch
    {
        0 => each.Gradient,
        1 => each.Parameter,
        2 => each.State0,
        3 => each.State1,
        _ => each.State2,
    };

    /// <summary>Stands for a rule where a kernel is looked up.</summary>
    private readonly struct RuleOf<TRule> where TRule : struct;
}
