using System.Collections.Concurrent;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>Does matrix products on one device: chooses the plan, finds the kernels, launches them.</summary>
internal sealed class GemmRunner(CudaContext context)
{
    private const int MostBlocksYZ = 65535;
    private const int MostPlans = 4096;

    private readonly Kernels<GemmVariant> _tiles = new(context, GemmKernel.Entry, GemmKernel.Write);
    private readonly Kernels<ThinProduct> _thin = new(context, ThinProduct.Entry,
        static (w, variant) => variant.Write(w));
    private readonly Kernels<VectorProduct> _vector = new(context, VectorProduct.Entry,
        static (w, variant) => variant.Write(w));
    private readonly Kernels<PartSum> _sum = new(context, PartSum.Entry, static (w, variant) => variant.Write(w));
    private readonly ConcurrentDictionary<(PtxType, int, int, int, int, bool?, MatMulPrecision), GemmPlan> _plans = [];
    private readonly Kernels<PackKernel> _pack = new(context, PackKernel.Entry,
        static (w, variant) => variant.Write(w));

    /// <summary>What is done instead of the plan's choice, for tests and measurements; null outside them.</summary>
    public GemmPlan? Forced { get; set; }

    /// <summary>y[b] = act(A[b] B[b] + bias).</summary>
    public void Run(in GemmProblem problem, MatMulPrecision precision)
    {
        if ((long)problem.Batch * problem.M * problem.N == 0)
        {
            return;
        }

        for (int first = 0; first < problem.Batch; first += MostBlocksYZ)
        {
            GemmProblem g = problem.Products(first, Math.Min(problem.Batch - first, MostBlocksYZ));
            GemmPlan plan = Plan(g, precision);
            switch (plan.Path)
            {
                case GemmPath.Thin:
                    Thin(g);
                    break;
                case GemmPath.Vector:
                    InParts(g, plan, Vector);
                    break;
                default:
                    Tiled(g, plan);
                    break;
            }
        }
    }

    /// <summary>How a product will be done.</summary>
    public GemmPlan Plan(in GemmProblem g, MatMulPrecision precision)
    {
        if (Forced is { } forced)
        {
            return forced;
        }

        // Strides decide between the ways of a product with a vector, of which a gathered operand has none.
        bool? alongDepth = g.Gathers ? null : VectorProduct.RunsAlongDepth(g);
        var key = (g.Type, g.Batch, g.M, g.N, g.K, alongDepth, precision);
        if (_plans.TryGetValue(key, out GemmPlan known))
        {
            return known;
        }

        if (_plans.Count >= MostPlans)
        {
            _plans.Clear();
        }

        return _plans[key] = GemmPlan.For(g, precision, context.MultiprocessorCount);
    }

    private void Thin(in GemmProblem g)
    {
        bool stores = g.StoresVectors;
        bool loads = stores && g.AreVectors(g.B.Address, g.B.ColumnStride, g.B.RowStride, g.B.BatchStride);
        ThinProduct variant = new(g.Type, loads, stores, g.HasBias, g.Relu);
        (nint function, _) = _thin.Get(variant);
        int groups = GemmPlan.Over(g.N, variant.Width), most = Math.Max(1, int.MaxValue / groups);
        for (int row = 0; row < g.M; row += most)
        {
            int rows = Math.Min(most, g.M - row);
            KernelArguments arguments = new();
            arguments.Add(g.A.Address + (ulong)(row * g.A.RowStride * g.ElementSize));
            arguments.Add(g.B.Address);
            arguments.Add(g.C.Address + (ulong)(row * g.C.RowStride * g.ElementSize));
            arguments.Add(g.Bias);
            arguments.Add(rows);
            arguments.Add(g.N);
            arguments.Add(g.K);
            AddStrides(ref arguments, g.A);
            AddStrides(ref arguments, g.B);
            AddStrides(ref arguments, g.C);
            uint blocks = (uint)(((long)rows * groups + ThinProduct.Threads - 1) / ThinProduct.Threads);
            context.Launch(function, (blocks, 1, (uint)g.Batch), ThinProduct.Threads, ref arguments);
        }
    }

    private void Vector(in GemmProblem g, GemmPlan plan, long partStride)
    {
        // A row times a matrix is the transposed matrix times a column.
        bool column = g.N == 1;
        GemmMatrix matrix = column ? g.A : g.B.Transposed;
        (ulong vector, long vectorStride, long vectorBatch) = column
            ? (g.B.Address, g.B.RowStride, g.B.BatchStride) : (g.A.Address, g.A.ColumnStride, g.A.BatchStride);
        bool alongDepth = VectorProduct.RunsAlongDepth(g);
        bool vectors = alongDepth && g.K % (16 / g.ElementSize) == 0 && plan.Part % 4 == 0
            && g.AreVectors(matrix.Address, matrix.ColumnStride, matrix.RowStride, matrix.BatchStride)
            && g.AreVectors(vector, vectorStride, 0, vectorBatch);
        VectorProduct variant = new(g.Type, alongDepth, vectors, g.HasBias, g.Relu);
        (nint function, _) = _vector.Get(variant);
        int lines = column ? g.M : g.N;
        KernelArguments arguments = new();
        arguments.Add(matrix.Address);
        arguments.Add(vector);
        arguments.Add(g.C.Address);
        arguments.Add(g.Bias);
        arguments.Add(lines);
        arguments.Add(g.K);
        arguments.Add(plan.Part);
        arguments.Add(matrix.RowStride);
        arguments.Add(matrix.ColumnStride);
        arguments.Add(matrix.BatchStride);
        arguments.Add(vectorStride);
        arguments.Add(vectorBatch);
        arguments.Add(column ? g.C.RowStride : g.C.ColumnStride);
        arguments.Add(g.C.BatchStride);
        arguments.Add(partStride);
        arguments.Add(column ? 0 : 1);
        context.Launch(
            function, ((uint)GemmPlan.Over(lines, variant.Lines), (uint)plan.Parts(g.K), (uint)g.Batch),
            VectorProduct.Threads, ref arguments);
    }

    private void Tiled(in GemmProblem g, GemmPlan plan)
    {
        if (plan.Arithmetic is not (GemmArithmetic.TensorFloat32 or GemmArithmetic.Bfloat16))
        {
            InParts(g, plan, Tiles);
            return;
        }

        // Tensor cores take 16 bytes at a time; what does not lie so, or has to be rounded, is copied first.
        bool packsA = g.GatherA is null && NeedsPacking(plan, g.AccessA(true)),
            packsB = g.GatherB is null && NeedsPacking(plan, g.AccessB(true));
        PackKernel packA = new(plan.Arithmetic == GemmArithmetic.Bfloat16,
            Math.Abs(g.A.ColumnStride) <= Math.Abs(g.A.RowStride));
        PackKernel packB = packA with { AlongDepth = Math.Abs(g.B.RowStride) <= Math.Abs(g.B.ColumnStride) };
        int batchA = g.A.BatchStride == 0 ? 1 : g.Batch, batchB = g.B.BatchStride == 0 ? 1 : g.Batch;
        using Workspace spaceA = new(context, packsA ? batchA * g.M * packA.PaddedDepth(g.K) * packA.ElementSize : 0);
        using Workspace spaceB = new(context, packsB ? batchB * g.N * packB.PaddedDepth(g.K) * packB.ElementSize : 0);
        GemmProblem packed = g with
        {
            A = packsA ? Pack(packA, g.A, g.M, g.K, batchA, spaceA) : g.A,
            B = packsB ? Pack(packB, g.B.Transposed, g.N, g.K, batchB, spaceB).Transposed : g.B,
        };
        InParts(packed, plan, Tiles);
    }

    private static bool NeedsPacking(GemmPlan plan, OperandAccess access) =>
        plan.Arithmetic == GemmArithmetic.Bfloat16
            || access is not (OperandAccess.LineVectors or OperandAccess.DepthVectors);

    private GemmMatrix Pack(PackKernel variant, GemmMatrix from, int lines, int depth, int batch, Workspace to)
    {
        (nint function, _) = _pack.Get(variant);
        long padded = variant.PaddedDepth(depth);
        int across = GemmPlan.Over(checked((int)padded), PackKernel.BlockDepth),
            down = GemmPlan.Over(lines, PackKernel.BlockLines);
        for (int first = 0; first < down; first += MostBlocksYZ)
        {
            int line = first * PackKernel.BlockLines;
            KernelArguments arguments = new();
            arguments.Add(from.Address + (ulong)(line * from.RowStride * 4));
            arguments.Add(to.Address + (ulong)(line * padded * variant.ElementSize));
            arguments.Add(lines - line);
            arguments.Add(depth);
            arguments.Add((int)padded);
            arguments.Add(from.RowStride);
            arguments.Add(from.ColumnStride);
            arguments.Add(from.BatchStride);
            arguments.Add(lines * padded);
            context.Launch(function, ((uint)across, (uint)Math.Min(MostBlocksYZ, down - first), (uint)batch),
                PackKernel.Threads, ref arguments);
        }

        return new(to.Address, batch == 1 ? 0 : lines * padded, padded, 1);
    }

    private void Tiles(in GemmProblem g, GemmPlan plan, long partStride)
    {
        GemmTile tile = plan.Tile;
        bool tensor = plan.Arithmetic is GemmArithmetic.TensorFloat32 or GemmArithmetic.Bfloat16;
        (OperandAccess a, OperandAccess b) = plan.Arithmetic == GemmArithmetic.Bfloat16
            ? (OperandAccess.DepthVectors, OperandAccess.DepthVectors) : (g.AccessA(tensor), g.AccessB(tensor));
        GemmVariant variant = new(plan.Arithmetic, tile, a, b, g.IsNear(tile), g.StoresVectors, g.HasBias, g.Relu)
        {
            GatherA = g.GatherA?.Variant, GatherB = g.GatherB?.Variant, Result = g.Result,
        };
        (nint function, uint shared) = _tiles.Get(variant);
        KernelArguments arguments = new();
        arguments.Add(g.A.Address);
        arguments.Add(g.B.Address);
        arguments.Add(g.C.Address);
        arguments.Add(g.Bias);
        arguments.Add(g.M);
        arguments.Add(g.N);
        arguments.Add(g.K);
        arguments.Add(plan.Part);
        AddStrides(ref arguments, g.A);
        AddStrides(ref arguments, g.B);
        AddStrides(ref arguments, g.C);
        arguments.Add(partStride);
        g.GatherA?.AddTo(ref arguments, g.ElementSize);
        g.GatherB?.AddTo(ref arguments, g.ElementSize);
        g.Columns?.AddTo(ref arguments, g.ElementSize);
        long blocks = (long)GemmPlan.Over(g.M, tile.Rows) * GemmPlan.Over(g.N, tile.Columns);
        context.Launch(function, (checked((uint)blocks), (uint)plan.Parts(g.K), (uint)g.Batch), (uint)tile.Threads,
            ref arguments, shared);
    }

    // Runs a stage on the result itself, or on the parts of it that a second stage adds up.
    private void InParts(in GemmProblem g, GemmPlan plan, Stage stage)
    {
        int parts = plan.Parts(g.K);
        if (parts == 1)
        {
            stage(g, plan, 0);
            return;
        }

        long elements = (long)g.Batch * g.M * g.N;
        using Workspace space = new(context, parts * elements * g.ElementSize);
        GemmProblem parted = g with
        {
            C = new(space.Address, (long)g.M * g.N, g.N, 1), Columns = null, Bias = 0, BiasesRows = false, Relu = false,
        };
        stage(parted, plan, elements);
        PartSum variant = new(g.Type, g.HasBias, g.Relu, g.Result);
        (nint function, _) = _sum.Get(variant);
        KernelArguments arguments = new();
        arguments.Add(space.Address);
        arguments.Add(g.C.Address);
        arguments.Add(g.Bias);
        arguments.Add(checked((int)elements));
        arguments.Add(parts);
        arguments.Add(g.M);
        arguments.Add(g.N);
        AddStrides(ref arguments, g.C);
        g.Columns?.AddTo(ref arguments, g.ElementSize);
        context.Launch(function, ((uint)GemmPlan.Over((int)elements, PartSum.Threads), 1, 1), PartSum.Threads,
            ref arguments);
    }

    private static void AddStrides(ref KernelArguments arguments, GemmMatrix matrix)
    {
        arguments.Add(matrix.RowStride);
        arguments.Add(matrix.ColumnStride);
        arguments.Add(matrix.BatchStride);
    }

    private delegate void Stage(in GemmProblem g, GemmPlan plan, long partStride);

    /// <summary>Device memory for the time of a call: work given later may have it again.</summary>
    private readonly struct Workspace : IDisposable
    {
        private readonly CudaContext _context;
        private readonly long _bytes;

        public Workspace(CudaContext context, long bytes)
        {
            (_context, _bytes) = (context, bytes);
            Address = bytes == 0 ? 0 : context.Allocate((nuint)bytes);
        }

        public ulong Address { get; }

        public void Dispose()
        {
            if (_bytes != 0)
            {
                _context.Free(Address, _bytes);
            }
        }
    }

    /// <summary>The kernels of one family that were needed so far.</summary>
    private sealed class Kernels<TVariant>(CudaContext context, string entry, Action<KernelWriter, TVariant> write)
        where TVariant : struct
    {
        private readonly ConcurrentDictionary<TVariant, (nint Function, uint DynamicShared)> _known = [];

        public (nint Function, uint DynamicShared) Get(TVariant variant)
        {
            if (_known.TryGetValue(variant, out (nint, uint) known))
            {
                return known;
            }

            using KernelWriter w = new(entry);
            write(w, variant);
            return _known[variant] = (context.Load(entry, KernelWriter.Header + w.ToPtx()), (uint)w.DynamicSharedBytes);
        }
    }
}
