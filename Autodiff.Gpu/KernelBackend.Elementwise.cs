using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Operations;
using Autodiff.Steps;

namespace Autodiff.Gpu;

/// <summary>Elementwise operations, copies and fills.</summary>
internal abstract partial class KernelBackend
{
    /// <summary>
    /// From so many groups of elements on, a thread takes several: enough blocks remain to fill any device.
    /// </summary>
    private const uint GroupsToUnroll = 1 << 20;

    /// <summary>A formula longer than this keeps a thread busy by itself, and its registers are needed.</summary>
    private const int CheapFormula = 48;

    private MapCache? _maps;

    /// <summary>
    /// The largest index or distance in one launch; larger operands are taken in parts. Tests lower it.
    /// </summary>
    internal long MostCounted { get; set; } = int.MaxValue;

    /// <summary>The kernels of maps that ILGPU has compiled for this device.</summary>
    internal MapCache Maps => _maps ?? Interlocked.CompareExchange(ref _maps, new(this), null) ?? _maps;

    public void Map<TOp>(TOp op, ReadOnlySpan<TensorView> operands, in TensorView y, DType compute)
        where TOp : unmanaged, IFormula =>
        Elementwise(op, [.. operands, y], compute);

    public void Fill(in TensorView y, Constant value)
    {
        // True is one byte, whatever the number.
        bool truth = y.DType == DType.Bool;
        if (y.Layout.IsContiguous && (truth || BitConverter.DoubleToInt64Bits(value.Double) == 0) && y.Count > 0)
        {
            using MemoryUse use = MemoryUse.Begin();
            SetBytes(Address(use, y), value.Double == 0 ? (byte)0 : (byte)1, y.Count * y.DType.SizeOf());
            return;
        }

        Elementwise(new FilledWith(truth && value.Double != 0 ? 1 : value), [y], y.DType);
    }

    public void Copy(in TensorView x, in TensorView y)
    {
        if (x.DType == y.DType && x.Layout.IsContiguous && y.Layout.IsContiguous)
        {
            if (x.Count > 0)
            {
                using MemoryUse use = MemoryUse.Begin();
                CopyBytes(Address(use, x), Address(use, y), x.Count * x.DType.SizeOf());
            }
        }
        else if (!StepsBack && (HasNegativeStride(x) || HasNegativeStride(y)))
        {
            CopyBack(x, y);
        }
        else if (!TryTranspose(x, y))
        {
            Elementwise(default(Of1<Identity>), [x, y], x.DType);
        }
    }

    /// <summary>Whether some dimension of a view has a negative stride.</summary>
    private static bool HasNegativeStride(in TensorView view) =>
        view.Count > 0 && Array.Exists(view.Layout.Strides, static stride => stride < 0);

    /// <summary>The view with a dimension reversed.</summary>
    private static TensorView Reversed(in TensorView view, int dim)
    {
        long[] strides = [.. view.Layout.Strides];
        long last = view.Offset + (view.Layout.Dims[dim] - 1) * strides[dim];
        strides[dim] = -strides[dim];
        return new(view.Storage, last, new(view.Layout.Dims, strides), view.DType);
    }

    /// <summary>Copies a view with negative strides, without a read before an operand's first element.</summary>
    private void CopyBack(TensorView x, TensorView y)
    {
        for (int d = 0; d < y.Layout.Rank; d++)
        {
            (x, y) = y.Layout.Strides[d] < 0 ? (Reversed(x, d), Reversed(y, d)) : (x, y);
        }

        int dim = Array.FindIndex(x.Layout.Strides, static stride => stride < 0);
        if (dim < 0)
        {
            Copy(x, y);
            return;
        }

        int length = x.Layout.Dims[dim];
        long[] steps = new long[x.Layout.Rank];
        steps[dim] = 1;
        TensorView whole = NewLike(x, y.DType);
        TensorView positions = new(
            AllocateOwn(sizeof(long) * (long)length), 0, new(x.Layout.Dims, steps), DType.Int64);
        long[] falling = [.. Enumerable.Range(0, length).Select(k => length - 1L - k)];
        Write(MemoryMarshal.AsBytes<long>(falling), positions.Storage, 0);
        Copy(Reversed(x, dim), whole);
        Gather(whole, dim, positions, y);
        whole.Storage.Release();
        positions.Storage.Release();
    }

    /// <summary>New memory for a view's elements, contiguous.</summary>
    private TensorView NewLike(in TensorView view, DType type) =>
        new(AllocateOwn(view.Count * type.SizeOf()), 0, Layout.Contiguous(view.Layout.Dims), type);

    /// <summary>Applies the formula to operands of one shape; the last is the result.</summary>
    private void Elementwise<TFormula>(TFormula formula, ReadOnlySpan<TensorView> operands, DType compute)
        where TFormula : unmanaged, IFormula
    {
        if (operands[^1].Count == 0)
        {
            return;
        }

        ElementPlan plan = new(Layouts(operands), stackalloc int[Layout.MaxRank],
            stackalloc long[ElementVariant.MaxOperands * Layout.MaxRank]);
        if (!plan.Fits(MostCounted))
        {
            foreach (TensorView[] half in Halves(operands))
            {
                Elementwise(formula, half, compute);
            }

            return;
        }

        using MemoryUse use = MemoryUse.Begin();
        Span<ulong> addresses = stackalloc ulong[operands.Length];
        for (int k = 0; k < addresses.Length; k++)
        {
            addresses[k] = Address(use, operands[k], "Map");
        }

        ElementVariant variant = Variant(operands, plan, addresses, MapCache.Computing(compute));
        variant.FastMath = FastMath && compute == DType.Float32;
        uint groups = (uint)plan.Count / (uint)variant.Width, remainder = (uint)plan.Count % (uint)variant.Width;
        if (groups >= GroupsToUnroll && Sizes.Block >= variant.Width // as many as may be left over
            && FormulaCost<TFormula>.Of(formula, variant.Compute) <= CheapFormula)
        {
            variant.Unroll = TFormula.Arity <= 1 ? 4 : 2;
        }

        LoadedKernel map = Maps.Get(formula, variant);
        Span<byte> block = stackalloc byte[map.Layout.Bytes];
        MapLaunch.Pass(new(map.Layout, block), map.Fields, formula, variant, plan, addresses);
        Launch(map, MapLaunch.Blocks(Sizes, variant, groups, remainder), Sizes.Block, block);
    }

    /// <summary>Chooses the kernel: how operands lie in memory, and how many elements one access takes.</summary>
    private static ElementVariant Variant(ReadOnlySpan<TensorView> operands, in ElementPlan plan,
        ReadOnlySpan<ulong> addresses, DType compute)
    {
        ElementVariant variant = new() { Compute = compute, Rank = plan.Rank, Unroll = 1 };
        int smallest = 8, largest = 0;
        for (int k = 0; k < operands.Length; k++)
        {
            AccessPattern pattern = plan.PatternOf(k);
            variant.Operand(k, operands[k].DType, pattern);
            if (pattern == AccessPattern.Linear)
            {
                int size = operands[k].DType.SizeOf();
                (smallest, largest) = (Math.Min(smallest, size), Math.Max(largest, size));
            }
        }

        // 16 bytes for the widest elements, except that 8-byte ones go in pairs of accesses beside 4-byte ones. Where
        // all operands have gaps, neighbouring threads take neighbours.
        int width = largest switch { 0 => 1, 1 => 16, 8 when smallest == 8 => 2, _ => 4 };
        bool whole = plan.Rank == 1 || plan.Dims[plan.Rank - 1] % width == 0;
        for (int k = 0; k < operands.Length && whole; k++)
        {
            if (variant.PatternOf(k) == AccessPattern.Linear)
            {
                int size = operands[k].DType.SizeOf(), access = Math.Min(16, width * size);
                whole = addresses[k] % (ulong)access == 0;
                for (int d = 0; d < plan.Rank - 1; d++)
                {
                    whole &= plan.Stride(k, d) % width == 0; // the kernel counts places in groups
                }
            }
        }

        variant.Width = whole ? width : 1;
        return variant;
    }

    /// <summary>The operands in two parts along their longest dimension, for kernels that count in 32 bits.</summary>
    private static TensorView[][] Halves(ReadOnlySpan<TensorView> operands)
    {
        int[] dims = operands[^1].Layout.Dims;
        int longest = Array.IndexOf(dims, dims.Max()), middle = dims[longest] / 2;
        TensorView[][] halves = [new TensorView[operands.Length], new TensorView[operands.Length]];
        for (int k = 0; k < operands.Length; k++)
        {
            TensorView whole = operands[k];
            long[] strides = whole.Layout.Strides;
            for (int h = 0; h < 2; h++)
            {
                int[] part = [.. dims];
                part[longest] = h == 0 ? middle : dims[longest] - middle;
                halves[h][k] = new(whole.Storage, whole.Offset + h * middle * strides[longest], new(part, strides),
                    whole.DType);
            }
        }

        return halves;
    }

    private static Layout[] Layouts(ReadOnlySpan<TensorView> operands)
    {
        Layout[] layouts = new Layout[operands.Length];
        for (int k = 0; k < layouts.Length; k++)
        {
            layouts[k] = operands[k].Layout;
        }

        return layouts;
    }
}
