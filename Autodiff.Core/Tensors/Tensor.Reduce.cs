using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Σ x over <paramref name="dims"/>, or over all of them if none is named. bool and integers sum to int64.
    /// </summary>
    /// <param name="dims">Dimensions to sum away; negative count from the last.</param>
    /// <param name="keepDim">Keep summed dimensions with size 1.</param>
    /// <param name="type">The type to sum in; by default the tensor's own, int64 for integers.</param>
    public Tensor Sum(ReadOnlySpan<int> dims, bool keepDim = false, DType? type = null) =>
        SumBy(new(nameof(Sum), this, dims, keepDim), type ?? Exact(DType));

    /// <summary>Σ x over all elements.</summary>
    public Tensor Sum() => Sum([]);

    /// <summary>Σ x over one dimension.</summary>
    public Tensor Sum(int dim, bool keepDim = false) => Sum([dim], keepDim);

    /// <summary>
    /// The mean over <paramref name="dims"/>, or over all; floating types only. The mean of nothing is NaN.
    /// </summary>
    /// <param name="dims">Dimensions to average away; negative count from the last.</param>
    /// <param name="keepDim">Keep averaged dimensions with size 1.</param>
    /// <param name="type">The floating type to compute in; by default the tensor's own.</param>
    /// <exception cref="InvalidOperationException">The elements are integers or bool, and no type is given.</exception>
    public Tensor Mean(ReadOnlySpan<int> dims, bool keepDim = false, DType? type = null)
    {
        DType to = type ?? DType;
        RequireFloating(nameof(Mean), to);
        return MeanBy(new(nameof(Mean), this, dims, keepDim), to);
    }

    /// <summary>The mean of all elements.</summary>
    public Tensor Mean() => Mean([]);

    /// <summary>The mean over one dimension.</summary>
    public Tensor Mean(int dim, bool keepDim = false) => Mean([dim], keepDim);

    /// <summary>
    /// Π x over <paramref name="dims"/>, or over all of them if none is named; 1 for no elements. bool and integers
    /// multiply to int64.
    /// </summary>
    /// <param name="dims">Dimensions to multiply away; negative count from the last.</param>
    /// <param name="keepDim">Keep reduced dimensions with size 1.</param>
    /// <param name="type">The type to multiply in; by default the tensor's own, int64 for integers.</param>
    /// <remarks>
    /// The gradient is right where elements are zero, to any order, and where the product leaves the range.
    /// </remarks>
    public Tensor Prod(ReadOnlySpan<int> dims, bool keepDim = false, DType? type = null)
    {
        Reduction plan = new(nameof(Prod), this, dims, keepDim);
        DType to = type ?? Exact(DType);
        Tensor y = ReduceRaw(Folds.Product, plan, to);
        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor x = this.Save("input"), product = y.Save("output");
        if (!to.IsFloatingPoint() || !y.Test(default(IsLost)).AnyTrue())
        {
            return y.Record("Prod", "x̄ = g * y / x", this, g => plan.Spread(g * product.Value) / x.Value, x, product);
        }

        Sizes.Entries(nameof(Prod), plan.Folded, to);
        Tensor? lost = Test(default(LogicalNot)).AnyTrue() ? null : y.Detach().Test(default(IsLost));
        return y.Record("Prod", "x̄[i] = g * the product of the x without x[i]", this, g =>
        {
            Tensor slopes = Unfolded(Cofactors(g.Reshape([.. plan.Kept.Dims, 1]), x.Value.To(to).FoldedLast(plan)),
                x.Value, plan);
            if (lost is null)
            {
                return slopes;
            }

            // Rows in range keep their quotient; in the others its operands are 1, so that it sends no NaN back.
            Tensor rows = plan.Spread(lost);
            return Where(rows, slopes, plan.Spread(g * Where(lost, 1, product.Value)) / Where(rows, 1, x.Value));
        }, x, product);
    }

    /// <summary>
    /// g times the product of the others along the last dimension: without a quotient, which can't leave a 0 out, and
    /// in range.
    /// </summary>
    private static Tensor Cofactors(Tensor g, Tensor x)
    {
        // Factors are measured in the powers of two nearest to them, whose product is one power that is multiplied with
        // last.
        Tensor exponents, others;
        using (Unrecorded())
        {
            // farther than the range, and as far as one scaling goes
            double most = x.DType == DType.Float64 ? 2040 : 250;
            exponents = Empty(x._layout, x.DType, x.Device);
            x.Backend.Map(default(Of1<NearestExponent>), [x.View], exponents.View, x.DType);
            others = (exponents.Sum(-1, keepDim: true) - exponents).Clamp(-most, most);
        }

        Tensor u = Map(default(ScaleByPower), x, -exponents, x.DType);
        int along = u.Rank - 1, last = u._layout.Dims[along] - 1;
        Tensor before = u.CumProd(along).Shift(along, 1, fill: 1);
        Tensor after = Recurrence(u.Shift(along, -1, fill: 0),
            Embed("Slice", g, u._layout, t => t.Slice(along, last, 1)), along, reverse: true);
        return Map(default(ScaleByPower), before * after, others, x.DType);
    }

    /// <inheritdoc cref="Prod(ReadOnlySpan{int}, bool, DType?)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor Prod(int dim, bool keepDim = false) => Prod([dim], keepDim);

    /// <summary>Π over all elements.</summary>
    public Tensor Prod() => Prod([]);

    /// <summary>Sums a gradient back to the shape of an operand that was broadcast.</summary>
    internal Tensor SumTo(Layout target)
    {
        if (_layout.SameShape(target))
        {
            return this;
        }

        int lead = Rank - target.Rank;
        Span<int> dims = stackalloc int[Layout.MaxRank];
        int count = 0;
        for (int d = 0; d < Rank; d++)
        {
            if (d < lead || (target.Dims[d - lead] == 1 && _layout.Dims[d] != 1))
            {
                dims[count++] = d;
            }
        }

        Tensor sum = count == 0 ? this : Sum(dims[..count], keepDim: true);
        return lead == 0 ? sum : sum.Reshape(target.Shape);
    }

    /// <summary>The kept dimensions, then the folded ones as one.</summary>
    private Tensor FoldedLast(Reduction plan) =>
        Permute(plan.Order).Reshape([.. plan.Kept.Dims, Sizes.Entries(nameof(Prod), plan.Folded, DType)]);

    /// <summary>Such rows in the order and shape of the operand again.</summary>
    private static Tensor Unfolded(Tensor rows, Tensor operand, Reduction plan)
    {
        int[] order = plan.Order.ToArray(), back = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            back[order[i]] = i;
        }

        return rows.Reshape([.. order.Select(d => operand._layout.Dims[d])]).Permute(back);
    }

    private Tensor SumBy(in Reduction plan, DType type) => SumBy(plan, type, 1);

    private Tensor MeanBy(in Reduction plan, DType type) => SumBy(plan, type, plan.Folded);

    /// <summary>The sum over a count: one node, whatever the count.</summary>
    private Tensor SumBy(in Reduction plan, DType type, double count)
    {
        Tensor y = count == 1 ? ReduceRaw(Folds.Sum, plan, type) : ReduceScaled(Folds.Mean(count), plan, type);

        if (Recording.Needed(this) && type.IsFloatingPoint())
        {
            y._node = new SumNode(this, plan, y, count);
        }

        return y;
    }

    /// <summary>
    /// The type that sums and products of a type are exact in (as far as they can be): int64 for integers and bool.
    /// </summary>
    private static DType Exact(DType type) => type.IsFloatingPoint() ? type : DType.Int64;

    private void RequireFloating(string operation, DType type)
    {
        if (!type.IsFloatingPoint())
        {
            throw new InvalidOperationException(
                $"{operation}: {Describe()} is {type.DisplayName()}, and the result need not be an integer; convert it "
                    + "with To(DType.Float32).");
        }
    }

    internal Tensor ReduceRaw<TOp>(TOp op, DType type) where TOp : unmanaged, IReduction =>
        ReduceRaw(op, new Reduction("Reduce", this, [], false), type);

    internal Tensor ReduceRaw<TOp>(TOp op, in Reduction plan, DType type) where TOp : unmanaged, IReduction
    {
        Tensor y = Empty(plan.Result, type, Device);
        TensorView x = View;
        Backend.Reduce(op, new(x.Storage, x.Offset, plan.Permute(_layout), x.DType),
            new(y._storage, 0, plan.Kept, type), plan.Count, Computing(type));
        return y;
    }

    /// <summary>A function of a fold, right also where the fold itself leaves the range of its type.</summary>
    /// <param name="op">The fold and the function of it.</param>
    /// <param name="plan">Which dimensions are folded.</param>
    /// <param name="type">The floating type to compute in.</param>
    internal Tensor ReduceScaled<TElement, TFinish>(FinishedSum<TElement, TFinish> op, in Reduction plan, DType type)
        where TElement : unmanaged, IHomogeneous where TFinish : unmanaged, IFinish
    {
        Tensor y = ReduceRaw(op.Sum, plan, type);
        TensorView x = View, all = new(y._storage, 0, plan.Kept, type);
        Backend.Finish(op, all, new(x.Storage, x.Offset, plan.Permute(_layout), x.DType), all, plan.Count, type);
        return y;
    }
}
