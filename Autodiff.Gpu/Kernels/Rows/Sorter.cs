using System.Numerics;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels.Reductions;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>Chooses and launches the kernels of a sort.</summary>
internal static class Sorter
{
    /// <summary>What a warp sorts.</summary>
    private const int FewestPairs = 128;

    /// <summary>
    /// Sorts rows that lie along the last dimension; of each, the first <paramref name="wanted"/> in order are written.
    /// </summary>
    public static void Run(CudaBackend backend, DType type, bool descending, ulong x, ulong values, ulong places,
        Rows rows, Axis along, int wanted)
    {
        (x, values, places) = (x + rows.X, values + rows.Y, places + (ulong)(rows.First * wanted * 8));
        int length = along.Size, power = Math.Clamp(CeilingLog2(length), 1, CeilingLog2(SortKernel.MostPairs));
        int pieces = (int)((length + (1L << power) - 1) >> power);
        bool merges = pieces > 1;
        long count = (long)rows.Count * length, keyBytes = count * Math.Max(4, type.SizeOf());
        using Scratch keys = new(backend, merges ? keyBytes : 0), order = new(backend, merges ? 4 * count : 0);
        using Scratch keys2 = new(backend, pieces > 2 ? keyBytes : 0),
            order2 = new(backend, pieces > 2 ? 4 * count : 0);

        RowVariant variant = new()
        {
            From = type, Largest = descending, KeptRank = rows.Axes.Count, Wide = rows.IsWide, Power = power,
            Continued = merges
        };
        long all = (long)rows.Count * pieces << power;
        variant.Lanes = all >= SortKernel.MostPairs
            ? SortKernel.MostPairs
            : Math.Max(FewestPairs, 1 << CeilingLog2((int)all));
        Kernel kernel = backend.Kernels.Get(SortKernel.Name, variant.Bits, SortKernel.Write);
        KernelArguments arguments = new();
        arguments.Add(x);
        arguments.Add(merges ? keys.Address : values);
        arguments.Add(merges ? order.Address : places);
        arguments.Add((uint)rows.Count);
        arguments.Add((uint)length);
        arguments.Add((uint)pieces);
        arguments.Add((uint)wanted);
        arguments.Add(along.X);
        arguments.Add(along.Y);
        IndexSpace.Add(ref arguments, rows.Axes, 2, rows.IsWide);
        long perBlock = variant.Lanes >> power;
        uint blocks = checked((uint)(((long)rows.Count * pieces + perBlock - 1) / perBlock));
        backend.Context.Launch(kernel.Function, (blocks, 1, 1), (uint)SortKernel.Threads(variant.Lanes), ref arguments);

        (ulong fromKeys, ulong fromOrder, ulong toKeys, ulong toOrder) = (keys.Address, order.Address, keys2.Address,
            order2.Address);
        for (; pieces > 1; pieces = (pieces + 1) / 2, power++)
        {
            bool last = pieces == 2;
            variant = new()
            {
                From = type, Continued = !last, KeptRank = last ? rows.Axes.Count : 0, Wide = last && rows.IsWide
            };
            int tiles = (length + Fold.Block - 1) / Fold.Block;
            kernel = backend.Kernels.Get(MergeKernel.Name, variant.Bits, MergeKernel.Write);
            arguments = new();
            arguments.Add(fromKeys);
            arguments.Add(fromOrder);
            arguments.Add(last ? x : toKeys);
            arguments.Add(last ? places : toOrder);
            arguments.Add(values);
            arguments.Add((uint)length);
            arguments.Add((uint)power);
            arguments.Add((uint)wanted);
            arguments.Add((uint)tiles);
            arguments.Add(along.X);
            arguments.Add(along.Y);
            if (last)
            {
                IndexSpace.Add(ref arguments, rows.Axes, 2, rows.IsWide);
            }

            backend.Context.Launch(kernel.Function, (checked((uint)((long)rows.Count * tiles)), 1, 1), Fold.Block,
                ref arguments);
            (fromKeys, fromOrder, toKeys, toOrder) = (toKeys, toOrder, fromKeys, fromOrder);
        }
    }

    private static int CeilingLog2(int number) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)number));
}
