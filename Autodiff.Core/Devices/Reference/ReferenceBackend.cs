using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Cpu;
using Autodiff.Steps;

namespace Autodiff.Devices.Reference;

/// <summary>
/// The definition, for tests: every method as plainly as it can be said, one element at a time, in double precision or
/// exact integers.
/// </summary>
internal sealed class ReferenceBackend : IBackend
{
    private readonly Device _device;

    private ReferenceBackend() => _device = new("reference", 0, this);

    /// <summary>The device whose operations define all others'.</summary>
    public static Device Device { get; } = new ReferenceBackend()._device;

    public Storage Allocate(long byteLength) => new ReferenceStorage(_device, byteLength);

    public void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset) =>
        source.CopyTo(((ReferenceStorage)target).Bytes[(int)byteOffset..]);

    public void Read(Storage source, long byteOffset, Span<byte> target) =>
        ((ReferenceStorage)source).Bytes.Slice((int)byteOffset, target.Length).CopyTo(target);

    public void Map<TOp>(TOp op, ReadOnlySpan<TensorView> operands, in TensorView y, DType compute)
        where TOp : unmanaged, IFormula
    {
        switch (compute)
        {
            case DType.Int64: Map<TOp, IntegerReal<long>>(op, operands, y); break;
            case DType.Int32: Map<TOp, IntegerReal<int>>(op, operands, y); break;
            default: Map<TOp, Scalar>(op, operands, y); break;
        }
    }

    private static void Map<TOp, S>(TOp op, ReadOnlySpan<TensorView> operands, in TensorView y)
        where TOp : unmanaged, IFormula where S : struct, IReferenceNumber<S>
    {
        ReferenceView to = new(y);
        S[] values = new S[operands.Length];
        for (Coordinates i = new(to.Layout.Dims); i.Next();)
        {
            for (int k = 0; k < values.Length; k++)
            {
                values[k] = S.Get(new(operands[k]), i.At);
            }

            op.F<S, Listed<S>>(new(values)).Put(to, i.At);
        }
    }

    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IReduction
    {
        switch (compute)
        {
            case DType.Int64: Reduce<TOp, IntegerReal<long>>(op, x, y, reduced); break;
            case DType.Int32: Reduce<TOp, IntegerReal<int>>(op, x, y, reduced); break;
            default: Reduce<TOp, Scalar>(op, x, y, reduced); break;
        }
    }

    private static void Reduce<TOp, S>(TOp op, in TensorView x, in TensorView y, int reduced)
        where TOp : unmanaged, IReduction where S : struct, IReferenceNumber<S>
    {
        ReferenceView from = new(x), to = new(y);
        int[] at = new int[x.Layout.Rank];
        int kept = at.Length - reduced;
        for (Coordinates i = new(x.Layout.Dims.AsSpan(0, kept)); i.Next();)
        {
            i.At.CopyTo(at);
            S sum = op.Identity<S>();
            for (Coordinates k = new(x.Layout.Dims.AsSpan(kept)); k.Next();)
            {
                k.At.CopyTo(at.AsSpan(kept));
                sum = op.Combine(sum, op.Map(S.Get(from, at)));
            }

            sum.Put(to, i.At);
        }
    }

    public void Finish<TOp>(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IScaledReduction
    {
        // From the elements themselves: sums of float32 were rounded to that when they were written.
        ReferenceView from = new(x), to = new(y);
        int[] at = new int[x.Layout.Rank];
        int kept = at.Length - reduced;
        for (Coordinates i = new(x.Layout.Dims.AsSpan(0, kept)); i.Next();)
        {
            i.At.CopyTo(at);
            List<double> row = [];
            for (Coordinates k = new(x.Layout.Dims.AsSpan(kept)); k.Next();)
            {
                k.At.CopyTo(at.AsSpan(kept));
                row.Add(from[at]);
            }

            double sum = Sum(0), size = row.Count == 0 ? 0 : op.BySmallest ? row.Min(Math.Abs) : row.Max(Math.Abs);
            bool usual = double.IsFinite(sum) && Math.Abs(sum) >= op.Lowest<Scalar>().Value;
            int exponent = usual || row.Any(double.IsNaN) || size == 0 || double.IsInfinity(size)
                ? 0
                : Math.ILogB(size);
            to[i.At] = (exponent == 0 ? op.Finish<Scalar>(sum) : op.Finish<Scalar>(Sum(exponent), exponent)).Value;

            double Sum(int shift)
            {
                Scalar sum = op.Identity<Scalar>();
                foreach (double value in row)
                {
                    sum = op.Combine(sum, op.Map<Scalar>(Math.ScaleB(value, -shift)));
                }

                return sum.Value;
            }
        }
    }

    public void ArgReduce(bool largest, in TensorView x, in TensorView indices)
    {
        if (x.DType.IsFloatingPoint())
        {
            ArgReduce(largest, Rows<double>(x), indices);
        }
        else
        {
            ArgReduce(largest, Rows<long>(x), indices);
        }
    }

    private static void ArgReduce<T>(bool largest, List<(int[] At, T[] Row)> rows, in TensorView indices)
        where T : INumber<T>
    {
        ReferenceView to = new(indices);
        foreach ((int[] at, T[] row) in rows)
        {
            to[at] = IndexOfExtreme(row, largest);
        }
    }

    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction
    {
        if (compute.IsFloatingPoint())
        {
            Scan<TOp, Scalar>(op, x, y);
        }
        else
        {
            Scan<TOp, IntegerReal<long>>(op, x, y);
        }
    }

    private static void Scan<TOp, S>(TOp op, in TensorView x, in TensorView y)
        where TOp : unmanaged, IReduction where S : struct, IReferenceNumber<S>
    {
        ReferenceView from = new(x), to = new(y);
        int length = x.Layout.Rank == 0 ? 1 : x.Layout.Dims[^1];
        for (Coordinates i = new(x.Layout.Dims.AsSpan(0, Math.Max(x.Layout.Rank - 1, 0))); i.Next();)
        {
            S sum = op.Identity<S>();
            for (int k = 0; k < length; k++)
            {
                sum = op.Combine(sum, op.Map(S.Get(from, At(x, i.At, k))));
                sum.Put(to, At(y, i.At, k));
            }
        }
    }

    public void Normalize(NormalizerKind kind, in TensorView x, in TensorView y)
    {
        ReferenceView to = new(y);
        foreach ((int[] at, double[] row) in Rows<double>(x))
        {
            double max = row.Length == 0 ? double.NegativeInfinity : row.Max();
            max = row.Any(double.IsNaN)
                ? double.NaN
                : kind == NormalizerKind.LogSumExp && double.IsInfinity(max) ? 0 : max;
            double sum = row.Sum(value => Math.Exp(value - max));
            if (kind == NormalizerKind.LogSumExp)
            {
                to[at] = Math.Log(sum) + max;
                continue;
            }

            for (int i = 0; i < row.Length; i++)
            {
                to[At(y, at, i)] = kind == NormalizerKind.Softmax
                    ? Math.Exp(row[i] - max) / sum
                    : row[i] - max - Math.Log(sum);
            }
        }
    }

    public void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y)
    {
        switch (y.DType)
        {
            case DType.Int64: MatMul<IntegerReal<long>>(a, b, bias, y); break;
            case DType.Int32: MatMul<IntegerReal<int>>(a, b, bias, y); break;
            default: MatMul<Scalar>(a, b, bias, y); break;
        }
    }

    private static void MatMul<S>(in TensorView a, in TensorView b, TensorView? bias, in TensorView y)
        where S : struct, IReferenceNumber<S>
    {
        ReferenceView p = new(a), q = new(b), to = new(y), row = bias is { } given ? new(given) : default;
        for (Coordinates i = new(to.Layout.Dims); i.Next();)
        {
            (int t, int m, int n) = (i.At[0], i.At[1], i.At[2]);
            S sum = S.Const(0);
            for (int k = 0; k < a.Layout.Dims[2]; k++)
            {
                sum += S.Get(p, [t, m, k]) * S.Get(q, [t, k, n]);
            }

            (bias is null ? sum : sum + S.Get(row, [n])).Put(to, i.At);
        }
    }

    public void Convolve(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias) =>
        ReferenceConvolution.Run(geometry, wanted, input, weight, output, bias);

    public void Fill(in TensorView y, Constant value)
    {
        ReferenceView to = new(y);
        for (Coordinates i = new(to.Layout.Dims); i.Next();)
        {
            if (y.DType.IsFloatingPoint() || y.DType == DType.Bool)
            {
                to[i.At] = value.Double;
            }
            else
            {
                to.Set(i.At, value.Integer);
            }
        }
    }

    public void Copy(in TensorView x, in TensorView y) =>
        Map(default(Of1<Operations.Identity>), [x], y, x.DType == DType.Bool ? DType.Int32 : x.DType);

    public void Gather(in TensorView x, int dim, in TensorView index, in TensorView y)
    {
        ReferenceView from = new(x), which = new(index), to = new(y);
        for (Coordinates i = new(index.Layout.Dims); i.Next();)
        {
            int[] at = Along(i.At, dim, which.Integer(i.At));
            if (x.DType.IsFloatingPoint())
            {
                to[i.At] = from[at];
            }
            else
            {
                to.Set(i.At, from.Integer(at));
            }
        }
    }

    public void Scatter(in TensorView source, int dim, in TensorView index, in TensorView y, bool add)
    {
        ReferenceView from = new(source), which = new(index), to = new(y);
        Dictionary<long, (int[] At, CompensatedSum<Scalar> Sum)> sums = [];
        for (Coordinates i = new(index.Layout.Dims); i.Next();)
        {
            int[] at = Along(i.At, dim, which.Integer(i.At));
            if (!y.DType.IsFloatingPoint())
            {
                to.Set(at, add ? to.Integer(at) + from.Integer(i.At) : from.Integer(i.At));
            }
            else if (!add)
            {
                to[at] = from[i.At];
            }
            else
            {
                long place = to.Position(at);
                sums[place] = (at, sums.GetValueOrDefault(place).Sum.Add(from[i.At]));
            }
        }

        foreach ((int[] at, CompensatedSum<Scalar> sum) in sums.Values)
        {
            to[at] = sum.Add(to[at]).Total.Value;
        }
    }

    public void Sort(in TensorView x, bool descending, in TensorView values, in TensorView indices)
    {
        if (x.DType.IsFloatingPoint())
        {
            Sort(Rows<double>(x), descending, values, indices);
        }
        else
        {
            Sort(Rows<long>(x), descending, values, indices);
        }
    }

    private static void Sort<T>(List<(int[] At, T[] Row)> rows, bool descending, in TensorView values,
        in TensorView indices) where T : INumber<T>
    {
        ReferenceView to = new(values), order = new(indices);
        foreach ((int[] at, T[] row) in rows)
        {
            // Enumerable's sorts are stable; a NaN counts as largest.
            Comparer<T> byValue = Comparer<T>.Create(static (a, b) =>
                T.IsNaN(a) || T.IsNaN(b) ? T.IsNaN(a).CompareTo(T.IsNaN(b)) : a.CompareTo(b));
            IEnumerable<int> positions = Enumerable.Range(0, row.Length);
            int i = 0, wanted = values.Layout.Rank == 0 ? 1 : values.Layout.Dims[^1];
            foreach (int k in (descending
                ? positions.OrderByDescending(k => row[k], byValue)
                : positions.OrderBy(k => row[k], byValue)).Take(wanted))
            {
                to.Set(At(values, at, i), row[k]);
                order[At(indices, at, i++)] = k;
            }
        }
    }

    public void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule
    {
        Listed<Scalar> k = new([.. coefficients.ToArray().Select(c => (Scalar)c)]);
        foreach (UpdateOperands operand in operands)
        {
            ReferenceView w = new(operand.Parameter), g = new(operand.Gradient);
            TensorView[] states = [operand.State0, operand.State1, operand.State2];
            for (Coordinates i = new(w.Layout.Dims); i.Next();)
            {
                Scalar parameter = w[i.At];
                Scalar[] state = new Scalar[states.Length];
                for (int n = 0; n < TRule.StateCount; n++)
                {
                    state[n] = new ReferenceView(states[n])[i.At];
                }

                TRule.Apply(k, g[i.At], ref parameter, ref state[0], ref state[1], ref state[2]);
                w[i.At] = parameter.Value;
                for (int n = 0; n < TRule.StateCount; n++)
                {
                    new ReferenceView(states[n]).Set(i.At, state[n].Value);
                }
            }
        }
    }

    private static int IndexOfExtreme<T>(T[] row, bool largest) where T : INumber<T>
    {
        int best = 0;
        for (int i = 1; i < row.Length && !T.IsNaN(row[best]); i++)
        {
            if (T.IsNaN(row[i]) || (largest ? row[i] > row[best] : row[i] < row[best]))
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>The leading coordinates of each row along the last dimension, with the row's values.</summary>
    private static List<(int[] At, T[] Row)> Rows<T>(in TensorView x) where T : INumber<T>
    {
        ReferenceView from = new(x);
        List<(int[], T[])> rows = [];
        int length = x.Layout.Rank == 0 ? 1 : x.Layout.Dims[^1];
        for (Coordinates i = new(x.Layout.Dims.AsSpan(0, Math.Max(x.Layout.Rank - 1, 0))); i.Next();)
        {
            T[] row = new T[length];
            for (int k = 0; k < length; k++)
            {
                int[] at = At(x, i.At, k);
                row[k] = typeof(T) == typeof(long) ? T.CreateChecked(from.Integer(at)) : T.CreateChecked(from[at]);
            }

            rows.Add((i.At.ToArray(), row));
        }

        return rows;
    }

    private static int[] At(in TensorView view, ReadOnlySpan<int> lead, int last) =>
        view.Layout.Rank == 0 ? [] : [.. lead, last];

    private static int[] Along(ReadOnlySpan<int> at, int dim, long index)
    {
        int[] moved = at.ToArray();
        moved[dim] = (int)index;
        return moved;
    }
}
