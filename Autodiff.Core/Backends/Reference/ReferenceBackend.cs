using Autodiff.Algebra;
using Autodiff.Compilation;

namespace Autodiff.Backends.Reference;

/// <summary>The definition: every method as plainly as it can be said, one element at a time, computing in double precision.</summary>
/// <remarks>For tests. Integers beyond 2^53 are rounded.</remarks>
internal sealed class ReferenceBackend : IBackend
{
    private readonly Device _device;

    private ReferenceBackend() => _device = new("reference", 0, this);

    /// <summary>The device whose operations define all others'.</summary>
    public static Device Device { get; } = new ReferenceBackend()._device;

    public Storage Allocate(long byteLength)
    {
        StepRecorder.Current?.Refuse("the step computes on the reference device, which can't repeat it");
        return new ReferenceStorage(_device, byteLength);
    }

    public void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset) =>
        source.CopyTo(((ReferenceStorage)target).Bytes[(int)byteOffset..]);

    public void Read(Storage source, long byteOffset, Span<byte> target) =>
        ((ReferenceStorage)source).Bytes.Slice((int)byteOffset, target.Length).CopyTo(target);

    public void Map<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IUnaryFormula
    {
        ReferenceView from = new(x), to = new(y);
        for (Coordinates i = new(to.Layout.Dims); i.Next();)
        {
            to[i.At] = op.F<Scalar>(from[i.At]).Value;
        }
    }

    public void Map<TOp>(TOp op, in TensorView a, in TensorView b, in TensorView y, DType compute) where TOp : unmanaged, IBinaryFormula
    {
        ReferenceView p = new(a), q = new(b), to = new(y);
        for (Coordinates i = new(to.Layout.Dims); i.Next();)
        {
            to[i.At] = op.F<Scalar>(p[i.At], q[i.At]).Value;
        }
    }

    public void Map<TOp>(TOp op, in TensorView a, in TensorView b, in TensorView c, in TensorView y, DType compute)
        where TOp : unmanaged, ITernaryFormula
    {
        ReferenceView p = new(a), q = new(b), r = new(c), to = new(y);
        for (Coordinates i = new(to.Layout.Dims); i.Next();)
        {
            to[i.At] = op.F<Scalar>(p[i.At], q[i.At], r[i.At]).Value;
        }
    }

    public void Map<TOp>(TOp op, in TensorView a, in TensorView b, in TensorView c, in TensorView d, in TensorView y, DType compute)
        where TOp : unmanaged, IQuaternaryFormula
    {
        ReferenceView p = new(a), q = new(b), r = new(c), s = new(d), to = new(y);
        for (Coordinates i = new(to.Layout.Dims); i.Next();)
        {
            to[i.At] = op.F<Scalar>(p[i.At], q[i.At], r[i.At], s[i.At]).Value;
        }
    }

    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute) where TOp : unmanaged, IReduction
    {
        ReferenceView from = new(x), to = new(y);
        int[] at = new int[x.Layout.Rank];
        int kept = at.Length - reduced;
        for (Coordinates i = new(x.Layout.Dims.AsSpan(0, kept)); i.Next();)
        {
            i.At.CopyTo(at);
            Scalar sum = op.Identity<Scalar>();
            for (Coordinates k = new(x.Layout.Dims.AsSpan(kept)); k.Next();)
            {
                k.At.CopyTo(at.AsSpan(kept));
                sum = op.Combine(sum, op.Map<Scalar>(from[at]));
            }

            to[i.At] = sum.Value;
        }
    }

    public void Finish<TOp>(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced, DType compute) where TOp : unmanaged, IScaledReduction
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
            int exponent = usual || row.Any(double.IsNaN) || size == 0 || double.IsInfinity(size) ? 0 : Math.ILogB(size);
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
        ReferenceView to = new(indices);
        foreach ((int[] at, double[] row) in Rows(x))
        {
            to[at] = IndexOfExtreme(row, largest);
        }
    }

    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction
    {
        ReferenceView to = new(y);
        foreach ((int[] at, double[] row) in Rows(x))
        {
            Scalar sum = op.Identity<Scalar>();
            for (int i = 0; i < row.Length; i++)
            {
                sum = op.Combine(sum, op.Map<Scalar>(row[i]));
                to[At(y, at, i)] = sum.Value;
            }
        }
    }

    public void Normalize(NormalizerKind kind, in TensorView x, in TensorView y)
    {
        ReferenceView to = new(y);
        foreach ((int[] at, double[] row) in Rows(x))
        {
            double max = row.Length == 0 ? double.NegativeInfinity : row.Max();
            max = row.Any(double.IsNaN) ? double.NaN : kind == NormalizerKind.LogSumExp && double.IsInfinity(max) ? 0 : max;
            double sum = row.Sum(value => Math.Exp(value - max));
            if (kind == NormalizerKind.LogSumExp)
            {
                to[at] = Math.Log(sum) + max;
                continue;
            }

            for (int i = 0; i < row.Length; i++)
            {
                to[At(y, at, i)] = kind == NormalizerKind.Softmax ? Math.Exp(row[i] - max) / sum : row[i] - max - Math.Log(sum);
            }
        }
    }

    public void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y)
    {
        ReferenceView p = new(a), q = new(b), to = new(y), row = bias is { } given ? new(given) : default;
        for (Coordinates i = new(to.Layout.Dims); i.Next();)
        {
            (int t, int m, int n) = (i.At[0], i.At[1], i.At[2]);
            double sum = 0;
            for (int k = 0; k < a.Layout.Dims[2]; k++)
            {
                sum += p[[t, m, k]] * q[[t, k, n]];
            }

            to[i.At] = bias is null ? sum : sum + row[[n]];
        }
    }

    public void Fill(in TensorView y, double value)
    {
        ReferenceView to = new(y);
        for (Coordinates i = new(to.Layout.Dims); i.Next();)
        {
            to[i.At] = value;
        }
    }

    public void Copy(in TensorView x, in TensorView y) => Map(default(Identity), x, y, y.DType);

    public void Gather(in TensorView x, int axis, in TensorView index, in TensorView y)
    {
        ReferenceView from = new(x), which = new(index), to = new(y);
        for (Coordinates i = new(index.Layout.Dims); i.Next();)
        {
            to[i.At] = from[Along(i.At, axis, which[i.At])];
        }
    }

    public void Scatter(in TensorView source, int axis, in TensorView index, in TensorView y, bool add)
    {
        ReferenceView from = new(source), which = new(index), to = new(y);
        for (Coordinates i = new(index.Layout.Dims); i.Next();)
        {
            int[] at = Along(i.At, axis, which[i.At]);
            to[at] = add ? to[at] + from[i.At] : from[i.At];
        }
    }

    public void Sort(in TensorView x, bool descending, in TensorView values, in TensorView indices)
    {
        ReferenceView to = new(values), order = new(indices);
        foreach ((int[] at, double[] row) in Rows(x))
        {
            // Enumerable's sorts are stable; a NaN counts as largest.
            Comparer<double> byValue = Comparer<double>.Create(static (a, b) =>
                double.IsNaN(a) || double.IsNaN(b) ? double.IsNaN(a).CompareTo(double.IsNaN(b)) : a.CompareTo(b));
            IEnumerable<int> positions = Enumerable.Range(0, row.Length);
            int i = 0, wanted = values.Layout.Rank == 0 ? 1 : values.Layout.Dims[^1];
            foreach (int k in (descending ? positions.OrderByDescending(k => row[k], byValue) : positions.OrderBy(k => row[k], byValue)).Take(wanted))
            {
                to[At(values, at, i)] = row[k];
                order[At(indices, at, i++)] = k;
            }
        }
    }

    public void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands) where TRule : struct, IUpdateRule
    {
        Scalar[] k = [.. coefficients.ToArray().Select(c => (Scalar)c)];
        foreach (UpdateOperands operand in operands)
        {
            ReferenceView w = new(operand.Parameter), g = new(operand.Gradient);
            for (Coordinates i = new(w.Layout.Dims); i.Next();)
            {
                Scalar parameter = w[i.At], s0 = State(operand.State0, 0, i.At), s1 = State(operand.State1, 1, i.At), s2 = State(operand.State2, 2, i.At);
                TRule.Apply(k, g[i.At], ref parameter, ref s0, ref s1, ref s2);
                w[i.At] = parameter.Value;
                Keep(operand.State0, 0, i.At, s0);
                Keep(operand.State1, 1, i.At, s1);
                Keep(operand.State2, 2, i.At, s2);
            }
        }

        static double State(TensorView state, int k, ReadOnlySpan<int> at) => k < TRule.StateCount ? new ReferenceView(state)[at] : 0;

        static void Keep(TensorView state, int k, ReadOnlySpan<int> at, Scalar value)
        {
            if (k < TRule.StateCount)
            {
                ReferenceView view = new(state);
                view[at] = value.Value;
            }
        }
    }

    private static int IndexOfExtreme(double[] row, bool largest)
    {
        int best = 0;
        for (int i = 1; i < row.Length && !double.IsNaN(row[best]); i++)
        {
            if (double.IsNaN(row[i]) || (largest ? row[i] > row[best] : row[i] < row[best]))
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>The leading coordinates of each row along the last dimension, with the row's values.</summary>
    private static List<(int[] At, double[] Row)> Rows(in TensorView x)
    {
        ReferenceView from = new(x);
        List<(int[], double[])> rows = [];
        int length = x.Layout.Rank == 0 ? 1 : x.Layout.Dims[^1];
        for (Coordinates i = new(x.Layout.Dims.AsSpan(0, Math.Max(x.Layout.Rank - 1, 0))); i.Next();)
        {
            double[] row = new double[length];
            for (int k = 0; k < length; k++)
            {
                row[k] = from[At(x, i.At, k)];
            }

            rows.Add((i.At.ToArray(), row));
        }

        return rows;
    }

    private static int[] At(in TensorView view, ReadOnlySpan<int> lead, int last) => view.Layout.Rank == 0 ? [] : [.. lead, last];

    private static int[] Along(ReadOnlySpan<int> at, int axis, double index)
    {
        int[] moved = at.ToArray();
        moved[axis] = (int)index;
        return moved;
    }

    private readonly struct Identity : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => x;
    }
}
