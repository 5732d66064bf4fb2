using Autodiff.Algebra;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;
using Autodiff.Operations;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>
/// y[row] = f(sum[row]) for sums that a reduction has made. The threads that have a row look at its sum; where that
/// left the range they fold the row again, around a branch that all of them take or none.
/// </summary>
internal static class FinishKernel
{
    public const string Name = "finish_rows";

    /// <summary>Writes the kernel: (sums, x, y, rows, length of a row, kept dimensions, reduced dimensions).</summary>
    public static void Write<TOp>(KernelWriter k, TOp op, ulong variant) where TOp : unmanaged, IScaledReduction
    {
        ReduceVariant v = new(variant);
        if (v.Compute == DType.Float32)
        {
            Write<TOp, PtxReal<Single32>>(k, op, v);
        }
        else
        {
            Write<TOp, PtxReal<Double64>>(k, op, v);
        }
    }

    private static void Write<TOp, S>(KernelWriter k, TOp op, ReduceVariant v)
        where TOp : unmanaged, IScaledReduction where S : IPtxCarrier<S>
    {
        k.Bounds(Fold.Block);
        Value sums = k.Parameter(PtxType.U64), x = k.Parameter(PtxType.U64), y = k.Parameter(PtxType.U64);
        Value rows = k.Parameter(PtxType.U32), length = k.Parameter(PtxType.U32);
        IndexSpace kept = new(k, v.KeptRank, 1, v.Wide), reduced = new(k, v.ReducedRank, 1, v.Wide);
        RowPart part = new(k, v.Lanes, rows, length, length, Value.Constant(PtxType.U32, 1L));
        int size = S.Type.SizeOf();
        Variable held = k.Variable(k.InRegister(S.Const(1).Value));
        Value inside = part.Row < rows;
        k.If(inside, () => held.Set(k.Load(Space.Global, S.Type, k.At(sums, part.Row, size))));
        if (v.Lanes > 1)
        {
            k.Barrier(); // y may be the sums: all have read theirs before one writes
        }

        k.If(inside, () =>
        {
            S sum = S.Of(held.Value), magnitude = S.Abs(sum),
                largest = S.Const(S.Type == PtxType.F64 ? double.MaxValue : float.MaxValue);
            Variable result = k.Variable(k.InRegister(op.Finish(sum).Value));
            k.If(~((op.Lowest<S>().Value <= magnitude.Value) & (magnitude.Value <= largest.Value)), () =>
            {
                Value start = kept.At(part.Row, x);
                S scale = op.BySmallest
                    ? Scan(start, Folds.MinMagnitude, static value => value)
                    : Scan(start, Folds.MaxMagnitude, static value => value);
                k.If((S.Const(0).Value < scale.Value) & (scale.Value <= largest.Value), () =>
                {
                    S exponent = S.Exponent(scale);
                    result.Set(k.InRegister(op.Finish(Scan(start, op, value => S.ScaleB(value, -exponent)), exponent)
                        .Value));
                });
            });
            k.If(part.Writes, () => k.Store(Space.Global, S.Type, k.At(y, part.Row, size), result.Value));
        });

        S Scan<TFold>(Value start, TFold fold, Func<S, S> scaled) where TFold : unmanaged, IReduction
        {
            Variable all = k.Variable(k.InRegister(fold.Identity<S>().Value));
            k.For(part.Lane, length, Value.Constant(PtxType.U32, (long)v.Lanes), place =>
            {
                S value = Elements.Read<S>(v.From, 1, reduced.At(place, start))[0];
                all.Set(fold.Combine(S.Of(all.Value), fold.Map(scaled(value))).Value);
            });
            return Fold.Across(S.Of(all.Value), v.Lanes, fold.Combine);
        }
    }
}

/// <summary>Launches the kernel that finishes sums.</summary>
internal readonly ref struct Finisher<TOp>(CudaBackend backend, TOp op, DType compute)
    where TOp : unmanaged, IScaledReduction
{
    /// <summary>Rows up to this length are one thread's, up to the next a warp's.</summary>
    private const int Short = 32, Middle = 4096;

    /// <summary>Finishes sums that follow each other in the order of the kept dimensions.</summary>
    public void Run(ulong sums, DType from, ulong x, List<Axis> kept, List<Axis> reduced, ulong y)
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
            (List<Axis> first, List<Axis> second, int size) = kept.Halves();
            ulong bytes = (ulong)(first.ElementCount() * compute.SizeOf());
            Run(sums, from, x, first, reduced, y);
            Run(sums + bytes, from, x + (ulong)(size * kept[0].X), second, reduced, y + bytes);
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
            Lanes = length <= Short ? 1 : length <= Middle ? Fold.Warp : Fold.Block, KeptRank = kept.Count,
            ReducedRank = reduced.Count,
        };
        Kernel kernel = backend.Kernels.Get(FinishKernel.Name, op, variant.Bits, FinishKernel.Write);
        KernelArguments arguments = new();
        arguments.Add(sums);
        arguments.Add(x);
        arguments.Add(y);
        arguments.Add((uint)count);
        arguments.Add((uint)length);
        IndexSpace.Add(ref arguments, kept, 1, variant.Wide);
        IndexSpace.Add(ref arguments, reduced, 1, variant.Wide);
        kernel.PassFields(ref arguments);
        backend.Context.Launch(kernel.Function, (RowPart.Blocks(variant.Lanes, count, 1), 1, 1), Fold.Block,
            ref arguments);
    }
}
