using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// C = act(A B + bias) for matrices with any strides, tile by tile: blocks copy pieces of A and B to shared memory
/// asynchronously, several pieces ahead, and multiply them from registers or on the tensor cores.
/// </summary>
/// <remarks>
/// The pipeline is CUTLASS's multistage one ("CUTLASS: Fast Linear Algebra in CUDA C++", and its mma_multistage.h). A
/// block is a tile (x), a part of the depth (y: each part has its own C) and a product of the batch (z).
/// </remarks>
internal static class GemmKernel
{
    public const string Entry = "gemm";

    // Neighbouring blocks take tiles from this many tile rows, so that blocks in flight at once share lines of A and B
    // in the cache.
    private const int RasterRows = 8;

    /// <summary>
    /// The kernel. Parameters: A, B, C, bias; m, n, k, terms of a part; strides of A, B and C (row, column, batch) and
    /// of C's parts; then those of gathered operands and of C's columns, where they are no matrices.
    /// </summary>
    public static void Write(KernelWriter w, GemmVariant variant)
    {
        GemmTile tile = variant.Tile;
        w.Bounds(tile.Threads, tile.Residency);
        Value a = w.Parameter(PtxType.U64), b = w.Parameter(PtxType.U64), c = w.Parameter(PtxType.U64),
            bias = w.Parameter(PtxType.U64);
        Value m = w.Parameter(PtxType.U32), n = w.Parameter(PtxType.U32), k = w.Parameter(PtxType.U32),
            part = w.Parameter(PtxType.U32);
        Value aRow = w.Parameter(PtxType.S64), aColumn = w.Parameter(PtxType.S64), aBatch = w.Parameter(PtxType.S64);
        Value bRow = w.Parameter(PtxType.S64), bColumn = w.Parameter(PtxType.S64), bBatch = w.Parameter(PtxType.S64);
        Value cRow = w.Parameter(PtxType.S64), cColumn = w.Parameter(PtxType.S64), cBatch = w.Parameter(PtxType.S64),
            cPart = w.Parameter(PtxType.S64);
        GatherParameters? gatherA = variant.GatherA is { } forA ? new(w, forA) : null,
            gatherB = variant.GatherB is { } forB ? new(w, forB) : null;
        int columnDims = variant.Result.ColumnDims;
        GatherDecoder? columns = columnDims > 0 ? new(w, columnDims, channelsLast: false) : null;

        (Value row, Value column) = TileOrigin(w, tile, m, n);
        Value first = w.BlockY * part, count = (k - first).Min(part), batch = w.BlockZ.To(PtxType.S64),
            from = first.To(PtxType.S64);
        int size = variant.ElementSize;
        int padding = variant.Arithmetic == GemmArithmetic.TensorFloat64 ? DoubleTensorProduct.Padding : 16;
        SharedTile sharedA = new(tile.Rows, tile.Depth, size,
            variant.A != OperandAccess.DepthVectors || !variant.TakesLines, padding);
        SharedTile sharedB = new(tile.Columns, tile.Depth, size,
            variant.B != OperandAccess.DepthVectors || !variant.TakesLines, padding);
        int stageBytes = sharedA.Bytes + sharedB.Bytes;
        Value shared = w.Shared(stageBytes * tile.Stages);
        OperandPlaces placesA = gatherA is { } gatheredA
            ? new GatheredPlaces(w, gatheredA, sharedA, Address(a, batch * aBatch, size), row, first)
            : new StridedPlaces(
                w, sharedA, variant.Near,
                Address(a, (batch * aBatch) + (row.To(PtxType.S64) * aRow) + (from * aColumn), size), aRow, aColumn);
        OperandCopies copyA = new(w, variant.A, sharedA, tile.Threads, placesA, m - row, shared);
        OperandPlaces placesB = gatherB is { } gatheredB
            ? new GatheredPlaces(w, gatheredB, sharedB, Address(b, batch * bBatch, size), column, first)
            : new StridedPlaces(
                w, sharedB, variant.Near,
                Address(b, (batch * bBatch) + (column.To(PtxType.S64) * bColumn) + (from * bRow), size), bColumn, bRow);
        OperandCopies copyB = new(w, variant.B, sharedB, tile.Threads, placesB, n - column, shared + sharedA.Bytes);
        BlockProduct product = variant.Arithmetic switch
        {
            GemmArithmetic.TensorFloat64 =>
                new DoubleTensorProduct(w, variant, sharedA, sharedB, shared, shared + sharedA.Bytes),
            GemmArithmetic.TensorFloat32 or GemmArithmetic.Bfloat16 =>
                new TensorProduct(w, variant, sharedA, sharedB, shared, shared + sharedA.Bytes),
            _ => new RegisterProduct(w, variant, sharedA, sharedB, shared, shared + sharedA.Bytes),
        };

        Pipeline(w, tile, stageBytes, count, copyA, copyB, product);

        c = Address(c, (batch * cBatch) + (w.BlockY.To(PtxType.S64) * cPart), variant.Type.SizeOf());
        if (variant.Result.BiasesRows)
        {
            bias = w.At(bias, w.BlockZ * m, variant.Type.SizeOf());
        }

        GemmEpilogue epilogue = new(variant.Bias ? bias : null, variant.Relu);
        Store(
            w, variant, product, row + product.Row, column + product.Column, m, n, c, cRow, cColumn, columns, epilogue);
    }

    private static Value Address(Value origin, Value elements, int size) => origin + (elements * size);

    // Tiles are counted down bands of RasterRows tile rows.
    private static (Value Row, Value Column) TileOrigin(KernelWriter w, GemmTile tile, Value m, Value n)
    {
        Value down = (m + (tile.Rows - 1)) / tile.Rows, across = (n + (tile.Columns - 1)) / tile.Columns;
        Value bandTiles = across * RasterRows, band = w.BlockX / bandTiles, place = w.BlockX % bandTiles;
        Value rows = (down - (band * RasterRows)).Min(RasterRows);
        return (((band * RasterRows) + (place % rows)) * tile.Rows, place / rows * tile.Columns);
    }

    private static void Pipeline(KernelWriter w, GemmTile tile, int stageBytes, Value depth, OperandCopies a,
        OperandCopies b, BlockProduct product)
    {
        Value zero = Value.Constant(PtxType.U32, 0L),
            lastStage = Value.Constant(PtxType.U32, (long)(tile.Stages - 1) * stageBytes);
        Variable toCopy = w.Variable(depth), toMultiply = w.Variable(depth), read = w.Variable(zero),
            write = w.Variable(lastStage);

        void CopyNext(Value stage)
        {
            Value left = toCopy.Value;
            w.If(left >= tile.Depth, () => CopyTile(stage, null),
                () => w.If(left.NotEqualTo(zero), () => CopyTile(stage, left)));
            toCopy.Set(left - left.Min(tile.Depth));

            // A group even where nothing was left to copy, since waiting counts groups.
            w.CopyCommit();
        }

        void CopyTile(Value stage, Value? remaining)
        {
            a.CopyNext(stage, remaining);
            b.CopyNext(stage, remaining);
            a.Advance();
            b.Advance();
        }

        void AwaitTile()
        {
            w.CopyWait(tile.Stages - 2);
            w.Barrier();
        }

        void Advance(Variable stage)
        {
            Value now = stage.Value;
            stage.Set(now.EqualTo(lastStage).Select(zero, now + stageBytes));
        }

        void Complete(Value stage)
        {
            a.Complete(stage);
            b.Complete(stage);
        }

        for (int stage = 0; stage < tile.Stages - 1; stage++)
        {
            Value place = Value.Constant(PtxType.U32, (long)stage * stageBytes);
            CopyNext(place);
            Complete(place);
        }

        AwaitTile();
        product.Load(0, zero, 0);
        w.While(() => toMultiply.Value.NotEqualTo(zero), () =>
        {
            Value target = write.Value;
            Advance(write);
            for (int step = 0; step < product.Steps; step++)
            {
                bool last = step == product.Steps - 1;
                if (last)
                {
                    // The next tile is there for all, and nobody needs the stage any more that this one was read from.
                    AwaitTile();
                    Advance(read);
                }

                product.Load(last ? 0 : step + 1, read.Value, (step + 1) % 2);
                if (step == 0)
                {
                    CopyNext(target);
                }

                product.Multiply(step % 2);
                if (step == product.Steps - 2)
                {
                    Complete(target);
                }
            }

            Value left = toMultiply.Value;
            toMultiply.Set(left - left.Min(tile.Depth));
        });
        w.CopyWait(0);
    }

    private static void Store(
        KernelWriter w, GemmVariant variant, BlockProduct product, Value row, Value column, Value m, Value n, Value c,
        Value cRow, Value cColumn, GatherDecoder? places, GemmEpilogue epilogue)
    {
        int size = variant.Type.SizeOf(), width = product.Width;
        Value[] columns = [.. product.ColumnOffsets.SelectMany(group => Enumerable.Range(group, width))
            .Select(step => column + step)];
        Value[] inside = [.. columns.Select(x => x < n)];
        bool ofRows = variant.Result.BiasesRows;
        Value?[] added = ofRows
            ? [] : [.. columns.Select((x, j) => epilogue.BiasOf(w, variant.Type, x, inside[j]))];
        Value[] gathered = places is null ? [] : [.. columns.Select(x => places.Decode(x).Bytes)];
        for (int i = 0; i < product.RowOffsets.Count; i++)
        {
            Value y = row + product.RowOffsets[i];
            int index = i;
            w.If(y < m, () =>
            {
                Value line = Address(c, y.To(PtxType.S64) * cRow, size);
                Value? addedToRow = ofRows ? epilogue.BiasOf(w, variant.Type, y, y < m) : null;
                for (int j = 0; j < columns.Length; j += variant.StoreVectors ? width : 1)
                {
                    int at = j;
                    w.If(inside[at], () =>
                    {
                        if (variant.StoreVectors)
                        {
                            w.StoreVector(Space.Global, variant.Type, gathered.Length > 0
                                ? line + gathered[at] : w.At(line, columns[at], size),
                                [.. Enumerable.Range(at, width).Select(Result)]);
                        }
                        else
                        {
                            w.Store(Space.Global, variant.Type, gathered.Length > 0
                                ? line + gathered[at] : Address(line, columns[at].To(PtxType.S64) * cColumn, size),
                                Result(at));
                        }
                    });
                }

                Value Result(int at) =>
                    epilogue.Apply(product.Sum(index, at / width, at % width), ofRows ? addedToRow : added[at]);
            });
        }
    }
}
