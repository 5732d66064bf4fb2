using System.Numerics;
using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Operations;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>What finishing sums is given.</summary>
internal struct FinishArguments<TOp, TSums, TIn, TOut, TKept, TReduced>
    where TOp : unmanaged, IScaledReduction
    where TSums : struct
    where TIn : struct
    where TOut : struct
    where TKept : struct, IStrides
    where TReduced : struct, IStrides
{
    /// <summary>The reduction, with its constants.</summary>
    public TOp Op;

    public TSums Sums;

    public TIn X;

    public TOut Y;

    public RowShape Shape;

    /// <summary>The kept dimensions, which count rows.</summary>
    public TKept Kept;

    /// <summary>The reduced dimensions.</summary>
    public TReduced Reduced;
}

/// <summary>
/// y[row] = f(sum[row]) for sums that a reduction has made. The threads that have a row look at its sum; where that
/// left the range they fold the row again, around a branch that all of them take or none.
/// </summary>
internal static class FinishKernel
{
    public const string Name = "finish_rows";

    public static void Run<TThreads, TLanes, TOp, S, TSums, TIn, TOut, TKept, TReduced>(
        FinishArguments<TOp, TSums, TIn, TOut, TKept, TReduced> a)
        where TThreads : struct, IThreads
        where TLanes : struct, IThreadCount
        where TOp : unmanaged, IScaledReduction
        where S : unmanaged, IReal<S>, IGroup<S>
        where TSums : struct, IInput<S>
        where TIn : struct, IInput<S>
        where TOut : struct, IOutput<S>
        where TKept : struct, IStrides
        where TReduced : struct, IStrides
    {
        RowPart part = RowPart.Of<TThreads, TLanes>(a.Shape);
        S sum = S.Const(1);
        if (part.HasRow)
        {
            sum = a.Sums.LoadOne(part.Row);
        }

        Group.Barrier(); // y may be the sums: all have read theirs before one writes
        if (part.HasRow)
        {
            S largest = S.Const(S.IsDouble ? double.MaxValue : float.MaxValue), magnitude = S.Abs(sum);
            S result = a.Op.Finish(sum);
            if (!(S.AllLessEqual(a.Op.Lowest<S>(), magnitude) && S.AllLessEqual(magnitude, largest)))
            {
                ScaledRow<TThreads, TLanes, S, TIn, TReduced> row = new(a.X, a.Kept.X(0, part.Row), a.Reduced, part);
                S scale = a.Op.BySmallest
                    ? row.Fold(Folds.MinMagnitude, S.Const(0))
                    : row.Fold(Folds.MaxMagnitude, S.Const(0));
                if (!S.AllLessEqual(scale, S.Const(0)) && S.AllLessEqual(scale, largest))
                {
                    S exponent = S.Exponent(scale);
                    result = a.Op.Finish(row.Fold(a.Op, exponent), exponent);
                }
            }

            if (part.Writes)
            {
                a.Y.Store(part.Row, result);
            }
        }
    }

    /// <summary>The kernel of a reduction.</summary>
    public static MethodInfo Method<TOp>(ReduceVariant v) where TOp : unmanaged, IScaledReduction
    {
        Type number = MapTypes.Number(v.Compute);
        return typeof(FinishKernel).GetMethod(nameof(Run))!.MakeGenericMethod(
            typeof(CudaThreads), ThreadCounts.Of(v.LogLanes), typeof(TOp), number,
            OperandTypes.Operand(number, v.Compute, 1),
            OperandTypes.Operand(number, v.From, 1),
            OperandTypes.Operand(number, v.To, 1),
            StrideTypes.Of(v.KeptRank, v.Wide), StrideTypes.Of(v.ReducedRank, v.Wide));
    }
}

/// <summary>Folds a row whose elements are multiplied by a power of two, one after the other.</summary>
internal readonly struct ScaledRow<TThreads, TLanes, S, TIn, TReduced>(
    TIn x, long start, TReduced reduced, RowPart part)
    where TThreads : struct, IThreads
    where TLanes : struct, IThreadCount
    where S : unmanaged, IReal<S>, IGroup<S>
    where TIn : struct, IInput<S>
    where TReduced : struct, IStrides
{
    private readonly TIn _x = x;
    private readonly long _start = start;
    private readonly TReduced _reduced = reduced;
    private readonly RowPart _part = part;

    /// <summary>The fold of x 2^-exponent.</summary>
    public S Fold<TFold>(TFold fold, S exponent) where TFold : unmanaged, IReduction
    {
        S all = fold.Identity<S>();
        for (uint place = _part.Lane; place < _part.End; place += _part.Lanes)
        {
            S value = _x.LoadOne(_reduced.X(_start, place));
            all = fold.Combine(all, fold.Map(S.ScaleB(value, -exponent)));
        }

        return Reductions.Fold.Across<TThreads, TLanes, TFold, S>(fold, all);
    }
}

/// <summary>Launches the kernel that finishes sums.</summary>
internal readonly ref struct Finisher<TOp>(KernelBackend backend, TOp op, DType compute)
    where TOp : unmanaged, IScaledReduction
{
    /// <summary>Rows up to this length are one thread's, up to the next a warp's.</summary>
    private const int Short = 32, Middle = 4096;

    /// <summary>Finishes sums that follow each other in the order of the kept dimensions.</summary>
    public void Run(ulong sums, DType from, ulong x, List<KernelDim> kept, List<KernelDim> reduced, ulong y)
    {
        long count = kept.ElementCount(), length = reduced.ElementCount();
        if (count == 0)
        {
            return;
        }

        kept = kept.Joined();
        reduced = length == 0 ? [] : reduced.JoinedInAnyOrder();
        if (count > int.MaxValue)
        {
            (List<KernelDim> first, List<KernelDim> second, int half) = kept.Halves();
            ulong bytes = (ulong)(first.ElementCount() * compute.SizeOf());
            Run(sums, from, x, first, reduced, y);
            Run(sums + bytes, from, x + (ulong)(half * kept[0].X), second, reduced, y + bytes);
            return;
        }

        if (length > int.MaxValue)
        {
            throw new NotSupportedException(
                $"A mean, norm or variance on the device folds at most {int.MaxValue} elements into one number, not "
                    + $"{length}.");
        }

        ReduceVariant variant = new()
        {
            From = from, Compute = compute, To = compute, Wide = kept.IsWide() || reduced.IsWide(),
            KeptRank = kept.Count, ReducedRank = reduced.Count,
        };
        int lanes = length <= Short ? 1 : length <= Middle ? backend.Sizes.Warp : backend.Sizes.Block;
        variant.LogLanes = BitOperations.Log2((uint)lanes);
        int size = from.SizeOf();
        LoadedKernel kernel = backend.Compiled.Get(FinishKernel.Name, op, variant.Bits,
            static (_, bits) => FinishKernel.Method<TOp>(new(bits)));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.Add(kernel.Fields, op);
        arguments.AddView(sums);
        arguments.AddView(x);
        arguments.AddView(y);
        RowShape.Of((int)count, (int)length, (int)length, 1).Pass(ref arguments);
        StrideTypes.Add(ref arguments, kept, size, 1, variant.Wide);
        StrideTypes.Add(ref arguments, reduced, size, 1, variant.Wide);
        backend.Launch(kernel, RowShape.Blocks(backend.Sizes, lanes, count, 1), backend.Sizes.Block, block);
    }
}
