using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// y = x where neighbours of y are neighbours along one dimension and those of x along another: squares of 32 by 32
/// pass through shared memory, so that both sides are read and written in rows.
/// </summary>
internal static class TransposeKernel
{
    public const int Threads = 256;

    /// <summary>Sides of a square.</summary>
    public const int Tile = 32;

    private const int Rows = Threads / Tile;

    /// <summary>
    /// What a launch needs: <c>Columns</c> is y's fastest dimension, <c>Rows</c> x's, the others are counted through.
    /// </summary>
    internal readonly ref struct Plan(int columns, int rows, long sourceStep, long targetStep)
    {
        public uint TilesAcross => ((uint)columns + Tile - 1) / Tile;

        public uint TilesDown => ((uint)rows + Tile - 1) / Tile;

        /// <summary>The arguments, in the order of <see cref="Write"/>'s parameters.</summary>
        public void Pass(ref KernelArguments arguments, ulong source, ulong target,
            ReadOnlySpan<(int Dim, long SourceStep, long TargetStep)> others)
        {
            arguments.Add(source);
            arguments.Add(target);
            arguments.Add(columns);
            arguments.Add(rows);
            arguments.Add((int)sourceStep);
            arguments.Add((int)targetStep);
            new Divisor(TilesAcross).Pass(ref arguments);
            new Divisor(TilesDown).Pass(ref arguments);
            for (int i = 0; i < others.Length; i++)
            {
                if (i > 0)
                {
                    new Divisor((uint)others[i].Dim).Pass(ref arguments);
                }

                arguments.Add((int)others[i].SourceStep);
                arguments.Add((int)others[i].TargetStep);
            }
        }
    }

    /// <summary>Writes the kernel for elements of <paramref name="size"/> bytes and so many other dimensions.</summary>
    public static void Write(KernelWriter k, int size, int others)
    {
        PtxType type = size switch { 8 => PtxType.U64, 4 => PtxType.U32, _ => PtxType.U8 };
        Value source = k.Parameter(PtxType.U64), target = k.Parameter(PtxType.U64);
        Value columns = k.Parameter(PtxType.S32), rows = k.Parameter(PtxType.S32);
        Value sourceStep = k.Parameter(PtxType.S32), targetStep = k.Parameter(PtxType.S32);
        PtxDivisor across = new(k), down = new(k);
        PtxDivisor[] divisors = new PtxDivisor[others];
        (Value Source, Value Target)[] steps = new (Value, Value)[others];
        for (int i = 0; i < others; i++)
        {
            divisors[i] = i > 0 ? new(k) : default;
            steps[i] = (k.Parameter(PtxType.S32), k.Parameter(PtxType.S32));
        }

        k.Bounds(Threads);
        (Value rest, Value tileAcross) = across.Divide(k.BlockX);
        (rest, Value tileDown) = down.Divide(rest);
        Value from = Value.Constant(PtxType.S32, 0L), to = from;
        for (int i = others - 1; i >= 0; i--)
        {
            Value at = rest;
            if (i > 0)
            {
                (rest, at) = divisors[i].Divide(rest);
            }

            from += at.To(PtxType.S32) * steps[i].Source;
            to += at.To(PtxType.S32) * steps[i].Target;
        }

        // One word more in a row than threads read across: then the threads that read down a column meet no common
        // bank.
        PtxType word = size == 8 ? PtxType.U64 : PtxType.U32;
        int pitch = Tile + 1;
        Value shared = k.Shared(Tile * pitch * word.SizeOf());
        Value x = (k.ThreadX & (Tile - 1)).To(PtxType.S32), y = (k.ThreadX >> 5).To(PtxType.S32);
        Value firstColumn = tileAcross.To(PtxType.S32) * Tile, firstRow = tileDown.To(PtxType.S32) * Tile;

        Value row = firstRow + x;
        Value[] loaded = new Value[Tile / Rows];
        for (int i = 0; i < loaded.Length; i++)
        {
            Value column = firstColumn + y + i * Rows;
            Value inside = (row < rows) & (column < columns);
            loaded[i] = k.LoadIf(inside, Space.Global, type, 1,
                k.At(source, from + row + column * sourceStep, size))[0];
        }

        for (int i = 0; i < loaded.Length; i++)
        {
            k.Store(Space.Shared, word, k.At(shared, ((y + i * Rows) * pitch + x).To(PtxType.U32), word.SizeOf()),
                loaded[i]);
        }

        k.Barrier();
        Value own = firstColumn + x;
        for (int i = 0; i < loaded.Length; i++)
        {
            Value line = firstRow + y + i * Rows;
            k.If((line < rows) & (own < columns), () =>
            {
                Value value = k.Load(Space.Shared, word,
                    k.At(shared, (x * pitch + y + i * Rows).To(PtxType.U32), word.SizeOf()));
                k.Store(Space.Global, type, k.At(target, to + own + line * targetStep, size), value);
            });
        }
    }
}
