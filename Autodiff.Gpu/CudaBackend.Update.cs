using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Updates;

namespace Autodiff.Gpu;

/// <summary>Optimizers' rules.</summary>
internal sealed partial class CudaBackend
{
    /// <summary>The tables of parameters, each for as long as the first of them lives.</summary>
    private readonly ConditionalWeakTable<Storage, UpdateTable> _tables = [];

    /// <summary>For parameters that come alone, whose table nobody needs again.</summary>
    private UpdateTable? _single;

    public override void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
    {
        foreach (ref readonly UpdateOperands each in operands)
        {
            UpdateOperands.RequireAlike<TRule>(each);
        }

        UpdateAll<TRule>(DType.Float32, coefficients, operands);
        UpdateAll<TRule>(DType.Float64, coefficients, operands);
    }

    /// <summary>The step of all parameters of one type: one launch.</summary>
    /// <param name="type">The type.</param>
    /// <param name="coefficients">The rule's coefficients.</param>
    /// <param name="operands">The parameters, of other types too.</param>
    /// <param name="owner">What keeps the table; null for the first parameter's memory.</param>
    private void UpdateAll<TRule>(
        DType type, ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands, Storage? owner = null)
        where TRule : struct, IUpdateRule
    {
        int first = 0;
        while (first < operands.Length && operands[first].Parameter.DType != type)
        {
            first++;
        }

        if (first == operands.Length)
        {
            return;
        }

        owner ??= operands[first].Parameter.Storage;
        UpdateTable table = operands.Length == 1 ? _single ??= new(this)
            : _tables.TryGetValue(owner, out UpdateTable? known) ? known : _tables.GetValue(owner, _ => new(this));
        bool isWhole;
        lock (table)
        {
            using MemoryUse use = MemoryUse.Begin();
            ulong origin = Address(use, operands[first].Parameter, "Update");
            isWhole = TryAddLines<TRule>(use, type, operands[first..], origin, table, out int width);
            if (isWhole && table.Blocks > 0)
            {
                Launch<TRule>(use, new(type, width, table.Count > 1), coefficients, origin, table);
            }
        }

        if (!isWhole)
        {
            using WholeOperands whole = WithoutGaps<TRule>(operands);
            UpdateAll<TRule>(type, coefficients, whole.All, owner);
        }
    }

    /// <summary>Notes where parameters are.</summary>
    /// <returns>False where an operand has gaps.</returns>
    private bool TryAddLines<TRule>(
        in MemoryUse use, DType type, ReadOnlySpan<UpdateOperands> operands, ulong origin, UpdateTable table,
        out int width)
        where TRule : struct, IUpdateRule
    {
        ulong places = 0;
        bool isWhole = true;
        table.Clear();
        foreach (ref readonly UpdateOperands each in operands)
        {
            if (each.Parameter.DType != type || each.Parameter.Count == 0)
            {
                continue;
            }

            UpdateLine line = new()
            {
                Gradient = Distance(use, each.Gradient), Parameter = Distance(use, each.Parameter),
            };
            if (TRule.StateCount > 0)
            {
                line.State0 = Distance(use, each.State0);
            }

            if (TRule.StateCount > 1)
            {
                line.State1 = Distance(use, each.State1);
            }

            if (TRule.StateCount > 2)
            {
                line.State2 = Distance(use, each.State2);
            }

            table.Add(line, each.Parameter.Count, type.SizeOf());
        }

        // Elements in one access: as many as every parameter's place allows.
        width = places % 16 == 0 ? Elements.PerAccess(type) : 1;
        table.Complete(width, type.SizeOf());
        return isWhole;

        long Distance(in MemoryUse use, in TensorView view)
        {
            isWhole &= view.Layout.IsContiguous;
            ulong address = Address(use, view, "Update");
            places |= address;
            return (long)(address - origin);
        }
    }

    private void Launch<TRule>(
        in MemoryUse use, UpdateVariant variant, ReadOnlySpan<double> coefficients, ulong origin, UpdateTable table)
        where TRule : struct, IUpdateRule
    {
        LoadedKernel kernel = UpdateKernelOf<TRule>(variant);
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        AddCoefficients(ref arguments, variant.Type, coefficients[..TRule.CoefficientCount]);
        if (variant.HasTable)
        {
            for (int k = 0; k < MostOperands; k++)
            {
                arguments.AddView(origin);
            }

            (ulong lines, ulong ofBlock) = table.Write(use);
            arguments.AddView(lines);
            arguments.AddView(ofBlock);
        }
        else
        {
            int access = variant.Width * variant.Type.SizeOf();
            UpdateLine line = table.First;
            foreach (long place in (ReadOnlySpan<long>)
                [line.Gradient, line.Parameter, line.State0, line.State1, line.State2])
            {
                arguments.AddView(origin + (ulong)(place * access));
            }

            arguments.Add(line.Count);
        }

        Launch(kernel, table.Blocks, Sizes.Block, block);
    }
}
