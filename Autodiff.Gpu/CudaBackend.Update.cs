using System.Diagnostics.CodeAnalysis;
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
    /// <summary>Elements of one line; a longer parameter takes several.</summary>
    private const long MostUpdated = 1L << 30;

    /// <summary>Gradient, parameter and three states.</summary>
    private const int MostOperands = 5;

    /// <summary>The tables of parameters, each for as long as the first of them lives.</summary>
    private readonly ConditionalWeakTable<Storage, UpdateTable> _tables = [];

    public void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule
    {
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
        using MemoryUse use = MemoryUse.Begin();
        int count = 0, first = 0;
        ulong places = 0;
        for (int i = 0; i < operands.Length; i++)
        {
            ref readonly UpdateOperands each = ref operands[i];
            if (each.Parameter.DType != type || each.Parameter.Count == 0)
            {
                continue;
            }

            first = count++ == 0 ? i : first;
            for (int k = 0; k < OperandCount<TRule>(); k++)
            {
                TensorView view = Operand(each, k);
                if (!view.Layout.IsContiguous)
                {
                    UpdateCopies<TRule>(type, coefficients, operands, operands[first].Parameter.Storage);
                    return;
                }

                places |= Address(use, view, "Update");
            }
        }

        if (count == 0)
        {
            return;
        }

        // Elements in one access: as many as every parameter's place allows.
        ref readonly UpdateOperands one = ref operands[first];
        UpdateVariant variant = new(
            type, places % 16 == 0 ? Elements.PerAccess(type) : 1, count > 1 || one.Parameter.Count > MostUpdated);
        LoadedKernel kernel = UpdateKernelOf<TRule>(variant);
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        AddCoefficients(ref arguments, type, coefficients[..TRule.CoefficientCount]);
        if (!variant.HasTable)
        {
            for (int k = 0; k < MostOperands; k++)
            {
                arguments.AddView(k < OperandCount<TRule>() ? Address(use, Operand(one, k), "Update") : 0);
            }

            uint elements = (uint)one.Parameter.Count;
            arguments.Add(elements);
            Launch(kernel, UpdateKernel.Blocks(elements, variant.Width), UpdateKernel.Threads, block);
            return;
        }

        // Places are counted from the first parameter on.
        ulong origin = Address(use, one.Parameter, "Update");
        for (int k = 0; k < MostOperands; k++)
        {
            arguments.AddView(origin);
        }

        UpdateTable table = _tables.GetValue(owner ?? one.Parameter.Storage, _ => new(this));
        lock (table)
        {
            AddLines<TRule>(use, variant, operands, origin, table);
            (ulong lines, ulong ofBlock) = table.Write(use);
            arguments.AddView(lines);
            arguments.AddView(ofBlock);
            Launch(kernel, table.Blocks, UpdateKernel.Threads, block);
        }
    }

    private void AddLines<TRule>(
        in MemoryUse use, UpdateVariant variant, ReadOnlySpan<UpdateOperands> operands, ulong origin,
        UpdateTable table)
        where TRule : struct, IUpdateRule
    {
        int size = variant.Type.SizeOf(), access = variant.Width * size;
        Span<long> places = stackalloc long[MostOperands];
        places.Clear();
        table.Clear();
        foreach (ref readonly UpdateOperands each in operands)
        {
            if (each.Parameter.DType != variant.Type)
            {
                continue;
            }

            for (long done = 0; done < each.Parameter.Count; done += MostUpdated)
            {
                for (int k = 0; k < OperandCount<TRule>(); k++)
                {
                    long distance = (long)(Address(use, Operand(each, k), "Update") - origin);
                    places[k] = (distance + done * size) / access;
                }

                uint part = (uint)Math.Min(each.Parameter.Count - done, MostUpdated);
                UpdateLine line = new()
                {
                    Gradient = places[0], Parameter = places[1], State0 = places[2], State1 = places[3],
                    State2 = places[4], Count = part,
                };
                table.Add(line, UpdateKernel.Blocks(part, variant.Width));
            }
        }
    }

    private static void AddCoefficients(ref ArgumentWriter arguments, DType type, ReadOnlySpan<double> coefficients)
    {
        foreach (double coefficient in coefficients)
        {
            if (type == DType.Float64)
            {
                arguments.Add(coefficient);
            }
            else
            {
                arguments.Add((float)coefficient);
            }
        }

        arguments.Skip(); // the end, which is an empty structure
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Cuda.")]
    private LoadedKernel UpdateKernelOf<TRule>(UpdateVariant variant) where TRule : struct, IUpdateRule =>
        Compiled.Get(
            UpdateKernel.Name, default(RuleOf<TRule>), variant.Bits,
            static (_, bits) => UpdateKernel.Method<TRule>(new(bits)), UpdateKernel.Threads);

    /// <summary>The step where some operands have gaps: on copies without.</summary>
    private void UpdateCopies<TRule>(
        DType type, ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands, Storage owner)
        where TRule : struct, IUpdateRule
    {
        UpdateOperands[] whole = [.. operands];
        List<(TensorView Copy, TensorView Target, bool IsWritten)> copies = [];
        TensorView[] views = new TensorView[MostOperands];
        for (int i = 0; i < whole.Length; i++)
        {
            if (whole[i].Parameter.DType != type)
            {
                continue;
            }

            for (int k = 0; k < OperandCount<TRule>(); k++)
            {
                TensorView view = views[k] = Operand(whole[i], k);
                if (!view.Layout.IsContiguous)
                {
                    views[k] = new(
                        Allocate(view.Count * view.DType.SizeOf()), 0, view.Layout.AsContiguous(), view.DType);
                    Copy(view, views[k]);
                    copies.Add((views[k], view, k > 0));
                }
            }

            whole[i] = new(views[1], views[0], views[2], views[3], views[4]);
        }

        UpdateAll<TRule>(type, coefficients, whole, owner);
        foreach ((TensorView copy, TensorView target, bool isWritten) in copies)
        {
            if (isWritten)
            {
                Copy(copy, target);
            }

            copy.Storage.Release();
        }
    }

    private static int OperandCount<TRule>() where TRule : struct, IUpdateRule => 2 + TRule.StateCount;

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
