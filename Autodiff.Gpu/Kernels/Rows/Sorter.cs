using System.Numerics;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels.Reductions;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>Chooses and launches the kernels of a sort.</summary>
internal static class Sorter
{
    /// <summary>So few pairs are not spread over more blocks: what a warp of CUDA's sorts.</summary>
    private const int FewestPairs = 128;

    /// <summary>
    /// Sorts rows that lie along the last dimension; of each, the first <paramref name="wanted"/> in order are written.
    /// </summary>
    public static void Run(KernelBackend backend, DType type, bool descending, ulong x, ulong values, ulong places,
        Rows rows, KernelDim along, int wanted)
    {
        (x, values, places) = (x + rows.X, values + rows.Y, places + (ulong)(rows.First * wanted * 8));
        int mostPairs = backend.Sizes.MostPairs, length = along.Size;
        int power = Math.Clamp(CeilingLog2(length), 1, CeilingLog2(mostPairs));
        int pieces = (int)((length + (1L << power) - 1) >> power);
        bool merges = pieces > 1;
        long count = (long)rows.Count * length, keyBytes = count * Math.Max(4, type.SizeOf());
        using Scratch keys = new(backend, merges ? keyBytes : 0), order = new(backend, merges ? 4 * count : 0);
        using Scratch keys2 = new(backend, pieces > 2 ? keyBytes : 0),
            order2 = new(backend, pieces > 2 ? 4 * count : 0);

        RowVariant variant = new()
        {
            From = type, KeptRank = rows.Dims.Count, Wide = rows.IsWide, Continued = merges
        };
        int size = type.SizeOf(), perBlock = mostPairs;
        long all = (long)rows.Count * pieces << power;
        if (all < mostPairs)
        {
            perBlock = Math.Clamp(1 << CeilingLog2((int)all), Math.Min(FewestPairs, mostPairs), mostPairs);
        }

        LoadedKernel kernel = backend.Compiled.Get(
            SortKernel.Name, variant.Bits, static bits => SortKernel.Method(new(bits)),
            SortKernel.Threads(mostPairs));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.AddView(x);
        arguments.AddView(merges ? keys.Address : values);
        arguments.AddView(merges ? order.Address : places);
        arguments.Add((uint)rows.Count);
        arguments.Add((uint)length);
        arguments.Add((uint)pieces);
        arguments.Add((uint)wanted);
        arguments.Add((uint)perBlock);
        arguments.Add((uint)power);
        arguments.Add(descending ? 1 : 0);
        arguments.Add(0);
        arguments.Add(along.X / size);
        arguments.Add(along.Y / size);
        StrideTypes.Add(ref arguments, rows.Dims, size, size, rows.IsWide);
        long piecesPerBlock = perBlock >> power;
        uint blocks = checked((uint)(((long)rows.Count * pieces + piecesPerBlock - 1) / piecesPerBlock));
        backend.Launch(kernel, blocks, SortKernel.Threads(perBlock), block);

        (ulong fromKeys, ulong fromOrder, ulong toKeys, ulong toOrder) = (keys.Address, order.Address, keys2.Address,
            order2.Address);
        if (merges && rows.Count == 1 && wanted == length
            && backend.TrySortPairs(Math.Max(4, size), fromKeys, fromOrder, length))
        {
            // One run, which has no other to be joined with.
            Merge(true, fromKeys, fromOrder, values, places, CeilingLog2(length));
            return;
        }

        for (; pieces > 1; pieces = (pieces + 1) / 2, power++)
        {
            bool last = pieces == 2;
            Merge(last, fromKeys, fromOrder, last ? values : toKeys, last ? places : toOrder, power);
            (fromKeys, fromOrder, toKeys, toOrder) = (toKeys, toOrder, fromKeys, fromOrder);
        }

        void Merge(bool last, ulong fromKeys, ulong fromOrder, ulong to, ulong toPlaces, int power)
        {
            RowVariant variant = new()
            {
                From = type, Continued = !last, KeptRank = last ? rows.Dims.Count : 0, Wide = last && rows.IsWide
            };
            int tiles = (length + backend.Sizes.Block - 1) / backend.Sizes.Block;
            LoadedKernel kernel = backend.Compiled.Get(
                MergeKernel.Name, variant.Bits, static bits => MergeKernel.Method(new(bits)));
            Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
            ArgumentWriter arguments = new(kernel.Layout, block);
            arguments.AddView(fromKeys);
            arguments.AddView(fromOrder);
            arguments.AddView(x);
            arguments.AddView(to);
            arguments.AddView(toPlaces);
            arguments.Add((uint)length);
            arguments.Add((uint)wanted);
            arguments.Add((uint)power);
            arguments.Add((uint)tiles);
            arguments.Add(along.X / size);
            arguments.Add(along.Y / size);
            StrideTypes.Add(ref arguments, last ? rows.Dims : [], size, size, variant.Wide);
            backend.Launch(kernel, checked((uint)((long)rows.Count * tiles)), backend.Sizes.Block, block);
        }
    }

    private static int CeilingLog2(int number) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)number));
}
