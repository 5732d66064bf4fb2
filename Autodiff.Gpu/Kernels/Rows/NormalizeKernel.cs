using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>
/// Softmax of rows, its logarithm, log-sum-exp: a row is read once and stays in the registers of some lanes, a warp or
/// a block; one too long for that is read three times, from the second time on mostly out of the cache.
/// </summary>
internal static class NormalizeKernel
{
    public const string Name = "normalize";

    /// <summary>The most accesses of a row that a thread keeps.</summary>
    public const int MostHeld = 8;

    /// <summary>Writes the kernel: (x, y, rows, length of a row).</summary>
    public static void Write(KernelWriter k, ulong variant)
    {
        RowVariant v = new(variant);
        if (v.From == DType.Float64)
        {
            new Rows<PtxReal<Double64>>(k, v).Write();
        }
        else if (v.FastMath)
        {
            new Rows<PtxReal<FastSingle32>>(k, v).Write();
        }
        else
        {
            new Rows<PtxReal<Single32>>(k, v).Write();
        }
    }

    private sealed class Rows<S> where S : IPtxCarrier<S>
    {
        private readonly KernelWriter _k;
        private readonly RowVariant _v;
        private readonly NormalizerKind _kind;
        private readonly PtxRowPart _part;
        private readonly Value _from, _to, _accesses;

        public Rows(KernelWriter k, RowVariant v)
        {
            k.Bounds(Fold.Block);
            (_k, _v, _kind) = (k, v, (NormalizerKind)v.Kind);
            Value x = k.Parameter(PtxType.U64), y = k.Parameter(PtxType.U64), rows = k.Parameter(PtxType.U32),
                length = k.Parameter(PtxType.U32);
            Value one = Value.Constant(PtxType.U32, 1L);
            _part = new(k, v.Lanes, rows, length, length, one);
            Value skip = _part.Row.MultiplyWide(length) * v.From.SizeOf();
            _from = x + skip;
            _to = _kind == NormalizerKind.LogSumExp ? k.At(y, _part.Row, v.From.SizeOf()) : y + skip;
            _accesses = _part.End >> System.Numerics.BitOperations.Log2((uint)v.Vector);
        }

        public void Write()
        {
            if (_v.Held > 0)
            {
                Held();
            }
            else
            {
                Long();
            }
        }

        private static S Max(S a, S b) => RealMath.Max(a, b);

        private static S Add(S a, S b) => a + b;

        private void Held()
        {
            S[][] held = new S[_v.Held][];
            for (int h = 0; h < _v.Held; h++)
            {
                held[h] = Read(Place(h));
            }

            S max = Shift(PtxFold.Across(
                PtxFold.Tree<S>([.. held.SelectMany(static access => access)], Max), _v.Lanes, Max));
            S[][] powers = Array.ConvertAll(held, access => Array.ConvertAll(access, value => S.Exp(value - max)));
            S sum = PtxFold.Across(
                PtxFold.Tree<S>([.. powers.SelectMany(static access => access)], Add), _v.Lanes, Add);
            Func<S, S, S> finish = Finish(max, sum);
            for (int h = 0; _kind != NormalizerKind.LogSumExp && h < _v.Held; h++)
            {
                S[] values = held[h], exps = powers[h];
                Value place = Place(h);
                _k.If(place < _accesses, () => Store(place, [.. values.Zip(exps, finish)]));
            }
        }

        private void Long()
        {
            S max = Shift(PtxFold.Across(
                Loop(S.Const(double.NegativeInfinity), static access => PtxFold.Tree<S>(access, Max),
                Max), _v.Lanes, Max));
            S sum = PtxFold.Across(
                Loop(S.Const(0), access => PtxFold.Tree<S>(Array.ConvertAll(access, value => S.Exp(value - max)), Add),
                    Add), _v.Lanes, Add);
            Func<S, S, S> finish = Finish(max, sum);
            if (_kind == NormalizerKind.LogSumExp)
            {
                return;
            }

            _k.For(_part.Lane, _accesses, _v.Lanes, place =>
                Store(place,
                    Array.ConvertAll(Read(place),
                        value => finish(value, _kind == NormalizerKind.Softmax ? S.Exp(value - max) : value))));
        }

        /// <summary>What becomes of an element and its power; log-sum-exp is written at once.</summary>
        private Func<S, S, S> Finish(S max, S sum)
        {
            switch (_kind)
            {
                case NormalizerKind.Softmax:
                    S scale = S.Const(1) / sum;
                    return (_, power) => power * scale;
                case NormalizerKind.LogSoftmax:
                    S log = S.Log(sum);
                    return (value, _) => (value - max) - log;
                default:
                    _k.If(_part.Writes, () => Elements.Write(_v.From, _to, S.Log(sum) + max));
                    return static (value, _) => value;
            }
        }

        /// <summary>The row's maximum; for log-sum-exp an infinite one counts as 0.</summary>
        private S Shift(S max)
        {
            S excess = max - max, zero = S.Const(0); // NaN for an infinity and for NaN
            return _kind == NormalizerKind.LogSumExp
                ? S.SelectEqual(excess, zero, max, S.SelectEqual(max, max, zero, max))
                : max;
        }

        private S Loop(S start, Func<S[], S> fold, Func<S, S, S> combine)
        {
            const int Unroll = 4;
            Variable all = _k.Variable(_k.InRegister(start.Value));
            _k.For(_part.Lane, _accesses, Unroll * _v.Lanes, place =>
            {
                S[][] accesses = new S[Unroll][];
                for (int u = 0; u < Unroll; u++)
                {
                    accesses[u] = Read(place + u * _v.Lanes);
                }

                all.Set(combine(S.Of(all.Value),
                    PtxFold.Tree<S>(Array.ConvertAll(accesses, access => fold(access)), combine)).Value);
            });
            return S.Of(all.Value);
        }

        private Value Place(int h) => _part.Lane + h * _v.Lanes;

        /// <summary>Neighbours of the row, or negative infinities, whose powers are nothing, beyond it.</summary>
        private S[] Read(Value place)
        {
            Value inside = place < _accesses;
            S[] read = Elements.Read<S>(_v.From, _v.Vector, _k.At(_from, place, _v.Vector * _v.From.SizeOf()), 0,
                inside);
            S nothing = S.Const(double.NegativeInfinity);
            return Array.ConvertAll(read, value => S.Of(inside.Select(value.Value, nothing.Value)));
        }

        private void Store(Value place, S[] values)
        {
            Value address = _k.At(_to, place, _v.Vector * _v.From.SizeOf());
            ElementAccess.Store(_k, _v.From, _v.From, address, Array.ConvertAll(values, static value => value.Value));
        }
    }
}
