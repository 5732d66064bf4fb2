using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;

namespace Autodiff.Gpu;

/// <summary>Gather and scatter.</summary>
internal abstract partial class KernelBackend
{
    /// <summary>
    /// A line along the dimension that is not longer is scattered by one thread: no place meets more than additions in
    /// order are for.
    /// </summary>
    private const int ShortLine = CompensatedSum<Scalar>.From;

    /// <summary>So many lines keep the device busy, however long each is.</summary>
    private const long ManyLines = 1 << 16;

    public void Gather(in TensorView x, int dim, in TensorView index, in TensorView y)
    {
        if (y.Count == 0)
        {
            return;
        }

        TensorView still = new(x.Storage, x.Offset, Still(x.Layout, index.Layout.Dims, dim), x.DType);
        Gather(x.Layout.Rank == 0 ? 0 : x.Layout.Strides[dim], [index, still, y]);
    }

    /// <summary>
    /// Sums in the order of the source, without atomics. Lines along the dimension don't meet, so where they are short,
    /// or many and not to be summed with care, one thread takes each. Else the positions are sorted (stably, and once
    /// for all columns that share them, as the rows of an embedding do), and one thread takes each run of equal ones.
    /// </summary>
    public void Scatter(in TensorView source, int dim, in TensorView index, in TensorView y, bool add)
    {
        if (index.Count == 0)
        {
            return;
        }

        int length = index.Layout.Rank == 0 ? 1 : index.Layout.Dims[dim];
        bool sums = add && y.DType.IsFloatingPoint();
        if (length <= ShortLine || (!sums && index.Count / length >= ManyLines))
        {
            ScatterLines(source, dim, index, y, add);
        }
        else
        {
            ScatterRuns(source, dim, index, y, add);
        }
    }

    private void Gather(long dimStep, ReadOnlySpan<TensorView> operands)
    {
        ElementPlan plan = new(Layouts(operands), stackalloc int[Layout.MaxRank], stackalloc long[3 * Layout.MaxRank]);
        if (!plan.Fits(MostCounted))
        {
            foreach (TensorView[] half in Halves(operands))
            {
                Gather(dimStep, half);
            }

            return;
        }

        using MemoryUse use = MemoryUse.Begin();
        Span<ulong> addresses = stackalloc ulong[3];
        Addresses(use, operands, addresses, nameof(Gather));
        ElementVariant variant = Variant(operands, plan, addresses, operands[2].DType);
        bool each = IndexingKernels.HasPositionForEach(variant);
        int access = Math.Min(16, variant.Width * operands[1].DType.SizeOf());
        if (plan.Count % variant.Width != 0 || variant.PatternOf(2) != AccessPattern.Linear
            || (!each && (variant.PatternOf(0) == AccessPattern.Strided
                || variant.PatternOf(1) != AccessPattern.Linear
                || dimStep * operands[1].DType.SizeOf() % access != 0)))
        {
            // No groups that begin beside a 16-byte boundary, and no group that is not whole.
            (variant.Width, each) = (1, false);
        }

        LoadedKernel kernel = Compiled.Get(
            "gather", variant.Bits, static bits => IndexingKernels.Gather(new(bits)));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        uint groups = (uint)(plan.Count / variant.Width);
        foreach (ulong address in addresses)
        {
            arguments.AddView(address);
        }

        int width = variant.Width;
        arguments.Add(each ? dimStep : dimStep / width);
        arguments.Add(plan.Stride(1, plan.Rank - 1));
        arguments.Add(groups);
        StrideTypes.Add(ref arguments, plan, width, each ? [width, 1, width] : [1, width, width]);
        LaunchThreads(kernel, groups, block);
    }

    private void ScatterLines(in TensorView source, int dim, in TensorView index, in TensorView y, bool add)
    {
        bool scalar = index.Layout.Rank == 0;
        int[] dims = index.Layout.Dims;
        int[] lines = scalar ? [] : [.. dims[..dim], .. dims[(dim + 1)..]];
        ReadOnlySpan<TensorView> operands = [Without(index), Without(source), Without(y)];
        ElementPlan plan = new(Layouts(operands), stackalloc int[Layout.MaxRank], stackalloc long[3 * Layout.MaxRank]);
        RequireFit(plan, nameof(Scatter));
        using MemoryUse use = MemoryUse.Begin();
        Span<ulong> addresses = stackalloc ulong[3];
        Addresses(use, operands, addresses, nameof(Scatter));
        ElementVariant variant = Variant(operands, plan, addresses, y.DType);
        variant.Width = 1;
        int length = scalar ? 1 : dims[dim];
        LaunchScatter(
            lines: true, variant, plan, addresses, 0, add, Step(index, dim), Step(source, dim),
            Step(y, dim), length);

        TensorView Without(in TensorView view)
        {
            long[] strides = view.Layout.Strides;
            return new(view.Storage, view.Offset,
                new(lines, scalar ? [] : [.. strides[..dim], .. strides[(dim + 1)..]]), view.DType);
        }
    }

    private void ScatterRuns(in TensorView source, int dim, in TensorView index, in TensorView y, bool add)
    {
        // Dimensions along which the index stays the same are columns; for the others its lines are sorted.
        Layout layout = index.Layout;
        int n = layout.Dims[dim];
        int[] others = [.. Enumerable.Range(0, layout.Rank).Where(d => d != dim && layout.Dims[d] > 1)];
        int[] lines = [.. others.Where(d => layout.Strides[d] != 0)],
            columns = [.. others.Where(d => layout.Strides[d] == 0)];
        int[] sortedOrder = [.. lines, dim], order = [.. sortedOrder, .. columns];
        int[] sortedDims = [.. sortedOrder.Select(d => layout.Dims[d])], dims = [.. order.Select(d => layout.Dims[d])];
        Layout sorted = Layout.Contiguous(sortedDims);
        long bytes = sorted.Count * sizeof(long);
        TensorView unsorted = new(AllocateOwn(bytes), 0, sorted, DType.Int64);
        TensorView keys = new(AllocateOwn(bytes), 0, sorted, DType.Int64),
            positions = new(AllocateOwn(bytes), 0, sorted, DType.Int64);
        Copy(new(index.Storage, index.Offset, new(sortedDims, [.. sortedOrder.Select(d => layout.Strides[d])]),
            DType.Int64), unsorted);
        Sort(unsorted, descending: false, keys, positions);

        ReadOnlySpan<TensorView> operands =
        [
            new(keys.Storage, 0, new(dims, [.. sorted.Strides, .. columns.Select(_ => 0L)]), DType.Int64),
            Along(source), Along(y),
        ];
        ElementPlan plan = new(Layouts(operands), stackalloc int[Layout.MaxRank], stackalloc long[3 * Layout.MaxRank],
            keepOrder: true);
        RequireFit(plan, nameof(Scatter));
        using MemoryUse use = MemoryUse.Begin();
        Span<ulong> addresses = stackalloc ulong[3];
        Addresses(use, operands, addresses, nameof(Scatter));
        ElementVariant variant = Variant(operands, plan, addresses, y.DType);
        variant.Width = 1;
        LaunchScatter(
            lines: false, variant, plan, addresses, Address(use, positions, nameof(Scatter)), add, 1,
            Step(source, dim), Step(y, dim), n);
        unsorted.Storage.Release();
        keys.Storage.Release();
        positions.Storage.Release();

        TensorView Along(in TensorView view)
        {
            long[] strides = view.Layout.Strides;
            return new(view.Storage, view.Offset, new(dims, [.. order.Select(d => d == dim ? 0 : strides[d])]),
                view.DType);
        }
    }

    private void LaunchScatter(
        bool lines, ElementVariant variant, in ElementPlan plan, ReadOnlySpan<ulong> addresses, ulong origins, bool add,
        long indexStep, long sourceStep, long dimStep, int length)
    {
        ulong bits = variant.Bits | (add ? IndexingKernels.Adds : 0);
        LoadedKernel kernel = lines
            ? Compiled.Get("scatter_lines", bits,
                static bits => IndexingKernels.Scatter(nameof(IndexingKernels.ScatterLines), bits))
            : Compiled.Get("scatter_runs", bits,
                static bits => IndexingKernels.Scatter(nameof(IndexingKernels.ScatterRuns), bits));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.AddView(addresses[0]);
        arguments.AddView(origins);
        arguments.AddView(addresses[1]);
        arguments.AddView(addresses[2]);
        arguments.Add(indexStep);
        arguments.Add(sourceStep);
        arguments.Add(dimStep);
        StrideTypes.Add(ref arguments, new Divisor((uint)length));
        arguments.Add((uint)length);
        arguments.Add((uint)plan.Count);
        StrideTypes.Add(ref arguments, plan, 1, [1, 1, 1]);
        LaunchThreads(kernel, (uint)plan.Count, block);
    }

    private void LaunchThreads(LoadedKernel kernel, uint threads, ReadOnlySpan<byte> arguments) =>
        Launch(kernel, Sizes.Blocks(threads), Sizes.Block, arguments);

    private void Addresses(in MemoryUse use, ReadOnlySpan<TensorView> operands, Span<ulong> addresses, string operation)
    {
        for (int k = 0; k < operands.Length; k++)
        {
            addresses[k] = Address(use, operands[k], operation);
        }
    }

    /// <summary>A layout of other sizes that stays where it is along one dimension.</summary>
    private static Layout Still(Layout layout, int[] dims, int dim)
    {
        long[] strides = [.. layout.Strides];
        if (strides.Length > 0)
        {
            strides[dim] = 0;
        }

        return new(dims, strides);
    }

    private static long Step(in TensorView view, int dim) => view.Layout.Rank == 0 ? 0 : view.Layout.Strides[dim];

    private void RequireFit(in ElementPlan plan, string operation)
    {
        if (!plan.Fits(MostCounted))
        {
            throw new NotSupportedException(
                $"{operation}: operands of more than {int.MaxValue} elements are not supported on {Device}.");
        }
    }
}
