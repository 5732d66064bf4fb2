using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Operations;
using Autodiff.Steps;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>Positions in a dimension: int64, not negative, all within it.</summary>
    /// <param name="operation">Who asks.</param>
    /// <param name="index">What the user gave.</param>
    /// <param name="x">The tensor that is indexed.</param>
    /// <param name="dim">The dimension.</param>
    /// <param name="fromEnd">Whether negative positions count from the end, as in brackets; else they are
    /// refused.</param>
    internal static Tensor Positions(string operation, Tensor index, Tensor x, int dim, bool fromEnd)
    {
        index = index.On(x.Device);
        RequireSameDevice(operation, x, index);
        int size = x.Rank == 0 ? 1 : x._layout.Dims[dim];
        // a compiled step keeps the check, and must not keep the tensor with it
        (string? name, Shape shape) = (x.Name, x.Shape);
        if (index.DType is not (DType.Int64 or DType.Int32))
        {
            throw new ArgumentException(
                $"{operation}: positions must be int64 (or int32), these are {index.DType.DisplayName()}.",
                nameof(index));
        }

        index = index.To(DType.Int64);
        if (index.ElementCount == 0)
        {
            return index;
        }

        bool negative = StepRecording.Look(index, positions =>
        {
            (long least, long most) = positions.Extent();
            if (least < (fromEnd ? -size : 0) || most >= size)
            {
                string place = $"dim {dim} of {(name is null ? "" : name + " ")}{shape}";
                long wrong = most >= size ? most : least;
                throw new ArgumentOutOfRangeException(nameof(index), wrong,
                    OutOfRange(operation, wrong, positions, place, size, fromEnd));
            }

            return least < 0;
        });

        return !negative ? index : Where(index.Lt(0), index + Number(size, DType.Int64), index);
    }

    private static string OutOfRange(string operation, long wrong, Tensor positions, string place, int size,
        bool fromEnd)
    {
        long at = Array.IndexOf(positions.ToArray<long>(), wrong);
        int[] coordinates = new int[positions.Rank];
        for (int d = positions.Rank - 1; d >= 0; d--)
        {
            (at, long coordinate) = Math.DivRem(at, positions._layout.Dims[d]);
            coordinates[d] = (int)coordinate;
        }

        string where = positions.Rank == 0
            ? ""
            : $" It stands at [{string.Join(", ", coordinates)}] of the indices {positions.Shape}.";
        string reason = wrong >= 0 || fromEnd ? "" : " Negative ones do not count from the end here.";
        return $"{operation}: index {wrong} is out of range for {place}, which has {size} entries.{reason}{where}";
    }

    /// <summary>The least and the greatest of int64 elements. On the processor nothing is allocated for it.</summary>
    private (long Least, long Most) Extent()
    {
        if (_storage is not CpuStorage memory || !IsContiguous)
        {
            return (ReduceRaw(Folds.Min, DType.Int64).Item<long>(), ReduceRaw(Folds.Max, DType.Int64).Item<long>());
        }

        using MemoryUse use = MemoryUse.Begin();
        ReadOnlySpan<long> elements = MemoryMarshal.Cast<byte, long>(memory.Bytes(use, _offset * sizeof(long),
            ElementCount * sizeof(long)));
        return (TensorPrimitives.Min(elements), TensorPrimitives.Max(elements));
    }

    /// <summary>
    /// Which positions along a dimension are the last of their value: the ones whose elements stay when all are
    /// written. A bool tensor of the index's shape; null if there is but one along the dimension.
    /// </summary>
    /// <param name="index">Positions, checked and not negative.</param>
    /// <param name="dim">The dimension along which they are written.</param>
    /// <param name="size">How many places there are along it.</param>
    internal static Tensor? LastOfEqual(Tensor index, int dim, long size)
    {
        int length = index.Rank == 0 ? 1 : index._layout.Dims[dim];
        if (length <= 1)
        {
            return null;
        }

        using GradMode.EngineScope _ = Unrecorded();
        if (size > PlacesPerPosition * length)
        {
            // Many places for few positions: order the positions instead.
            (Tensor sorted, Tensor order) = index.Sort(dim);
            Tensor differs = sorted.Slice(dim, 0, length - 1).Ne(sorted.Slice(dim, 1, length - 1));
            int[] one = [.. index._layout.Dims];
            one[dim] = 1;
            return Empty(index.Shape, DType.Bool, index.Device)
                .ScatterRaw(dim, order, Cat([differs, Ones(one, DType.Bool, index.Device)], dim));
        }

        // Every position writes its number into a place of its own, and finds it there unless a later one came.
        Tensor numbers = Ones(index.Shape, DType.Int64, index.Device).CumSum(dim),
            found = Empty(index.Shape, DType.Int64, index.Device);
        int[] dims = [.. index._layout.Dims];
        dims[dim] = (int)size;
        Tensor places = Empty(dims, DType.Int64, index.Device).ScatterRaw(dim, index, numbers);
        found.Backend.Gather(places.View, dim, index.View, found.View);
        return found.Eq(numbers);
    }

    private const long PlacesPerPosition = 8;

    private Tensor ScatterRaw(int dim, Tensor index, Tensor source)
    {
        Backend.Scatter(source.View, dim, index.View, View, add: false);
        return this;
    }
}
