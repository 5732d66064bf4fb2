using System.Runtime.CompilerServices;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The elements at the given indices, as in PyTorch and NumPy: <c>t[0]</c>, <c>t[^1]</c>, <c>t[1..3, .., 0]</c>,
    /// <c>t[mask]</c>, <c>t[rows, columns]</c>. Getting is differentiable; setting writes into this tensor and is
    /// recorded, unless it is a leaf that requires grad, which refuses.
    /// </summary>
    /// <param name="indices">
    /// One entry a dimension; those left over are taken whole. Integers and ranges give a view that shares the
    /// elements. Integer tensors are broadcast against each other and, like masks, give a copy: their dimensions stand
    /// where they stood if they are neighbours, and first otherwise. A mask takes as many dimensions as it has.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An integer or a position is beyond its dimension.</exception>
    /// <exception cref="ArgumentException">There are too many entries, a mask of another shape, or values that don't
    /// fit.</exception>
    [IndexerName("Entry")] // Item() is the only element
    public Tensor this[params ReadOnlySpan<TensorIndex> indices]
    {
        get => Plan(indices, out List<(int Dim, Tensor Index)>? tensors) is var basic && tensors is null
            ? ViewBasic(basic)
            : new IndexPlan(basic, Resolve(basic, tensors)).Get(this);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            BasicIndex basic = Plan(indices, out List<(int Dim, Tensor Index)>? tensors);
            if (tensors is [(int dim, { DType: DType.Bool } mask)] && basic.IsWhole && value.ElementCount == 1)
            {
                // A number needs no list of positions: choose between old and new everywhere.
                RequireMask(this, mask, dim);
                MaskedFillInPlace(mask.Reshape([.. mask._layout.Dims, .. Enumerable.Repeat(1, Rank - dim - mask.Rank)]),
                    value.Reshape());
                return;
            }

            Assign(nameof(IndexPut), new(basic, tensors is null ? null : Resolve(basic, tensors)), value, add: false);
        }
    }

    /// <summary>
    /// A copy with <paramref name="values"/> (broadcast) at <paramref name="indices"/>: set, or added where
    /// <paramref name="accumulate"/>.
    /// </summary>
    /// <remarks>
    /// Where positions repeat, values add up when accumulated; else the last in row-major order stays, and it alone
    /// gets the gradient.
    /// </remarks>
    public Tensor IndexPut(ReadOnlySpan<TensorIndex> indices, Tensor values, bool accumulate = false) =>
        Clone().IndexPutInPlace(indices, values, accumulate);

    /// <summary>
    /// Sets or adds <paramref name="values"/> at <paramref name="indices"/>, in place (PyTorch's <c>index_put_</c>).
    /// </summary>
    public Tensor IndexPutInPlace(ReadOnlySpan<TensorIndex> indices, Tensor values, bool accumulate = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        BasicIndex basic = Plan(indices, out List<(int Dim, Tensor Index)>? tensors);
        return Assign(nameof(IndexPut), new(basic, tensors is null ? null : Resolve(basic, tensors)), values,
            accumulate);
    }

    /// <summary>The view that integers, ranges and new axes give.</summary>
    internal Tensor ViewBasic(BasicIndex basic)
    {
        (Layout layout, long offset) = basic.Apply(_layout, _offset);
        return Alias(layout, offset).RecordPart("Slice", this, t => t.ViewBasic(basic));
    }

    /// <summary>Zeros of a shape with <paramref name="x"/> in the part that <paramref name="view"/> shows.</summary>
    internal static Tensor Embed(string name, Tensor x, Layout whole, Func<Tensor, Tensor> view)
    {
        Tensor y = Zeros(whole.Shape, x.DType, x.Device);
        using (Unrecorded())
        {
            y.Backend.Copy(x.View, view(y).View);
        }

        return y.Record(name, "x̄ = the part of g that x fills", x, view);
    }

    /// <summary>The elements at positions, recorded.</summary>
    internal Tensor ReadAt(string name, PositionIndex at)
    {
        Tensor y = at.Read(this);
        if (Recording.Needed(this))
        {
            Layout whole = _layout;
            y.Record(name, "x̄ = g, added up at the positions, 0 elsewhere", this, g => AddAt(g, whole, at.Again()),
                at.Saved);
        }

        return y;
    }

    /// <summary>Zeros with <paramref name="g"/> added at positions.</summary>
    private static Tensor AddAt(Tensor g, Layout whole, PositionIndex at)
    {
        Tensor y = Zeros(whole.Shape, g.DType, g.Device);
        at.Write(y, g, add: true);
        return y.Record("IndexPut", "x̄ = g at the positions", g, h => h.ReadAt("Index", at.Again()), at.Saved);
    }

    /// <summary>Puts values at a plan's place in this tensor, and the change on the tape.</summary>
    internal Tensor Assign(string name, IndexPlan plan, Tensor value, bool add)
    {
        BeforeChange(name, value);
        Layout region = plan.Result(_layout);
        value = Fit(name, value, region, this);
        bool record = Recording.Needed(this, value) && DType.IsFloatingPoint();
        Node?[] inputs = record ? [_node, value.NodeForInput()] : [];
        using (Unrecorded())
        {
            plan.Write(this, value, add);
        }

        Func<Tensor, Tensor?>[] rules = [g => add ? g : g.Clone().Assign(name, plan.Again(), Number(0), add: false),
            g => plan.Again().GetWritten(g, add)];
        string words = add
            ? "ā = g, b̄ = g at the positions"
            : "ā = g with 0 at the positions, b̄ = g at the positions, where b's value stands";
        Changed(record ? new FunctionNode(name, words, this, inputs, rules, plan.Saved) : null, record);
        return this;
    }

    /// <summary>
    /// A value converted and broadcast to a region of <paramref name="target"/>; leading dimensions of size 1 may be
    /// too many.
    /// </summary>
    private static Tensor Fit(string name, Tensor value, Layout region, Tensor target)
    {
        target.RequireHolds(name, value);
        Tensor fit = value.On(target.Device).To(target.DType);
        RequireSameDevice(name, target, fit);
        int surplus = fit.Rank - region.Rank;
        if (surplus > 0 && fit._layout.Dims.AsSpan(0, surplus).IndexOfAnyExcept(1) < 0)
        {
            fit = fit.Reshape(fit._layout.Dims.AsSpan(surplus));
        }

        return Broadcasting.CanExpand(fit._layout, region)
            ? fit.ExpandTo(region)
            : throw new ArgumentException(
                $"{name}: values of shape {value.Shape} do not broadcast to the indexed part of {target.Describe()}, "
                    + $"which has shape {region.Shape}.", nameof(value));
    }

    /// <summary>
    /// Sorts entries into a view and tensors of positions in that view's dimensions (null if there are none).
    /// </summary>
    private BasicIndex Plan(ReadOnlySpan<TensorIndex> indices, out List<(int Dim, Tensor Index)>? tensors)
    {
        int consumed = 0, ellipses = 0;
        foreach (TensorIndex index in indices)
        {
            consumed += index.Form switch
            {
                TensorIndex.Kind.Ellipsis or TensorIndex.Kind.NewAxis => 0,
                TensorIndex.Kind.Tensor when index.Positions!.DType == DType.Bool => index.Positions.Rank,
                _ => 1,
            };
            ellipses += index.Form == TensorIndex.Kind.Ellipsis ? 1 : 0;
        }

        if (consumed > Rank || ellipses > 1)
        {
            string given = string.Join(", ", indices.ToArray().Select(i => i.ToString()));
            throw new ArgumentException(ellipses > 1
                ? $"Index: [{given}] has {ellipses} ellipses; only one can stand for the other dimensions."
                : $"Index: [{given}] takes {consumed} dimensions, {Describe()} has {Rank}.", nameof(indices));
        }

        BasicIndex basic = new();
        tensors = null;
        foreach (TensorIndex index in indices)
        {
            int dim = basic.Consumed;
            switch (index.Form)
            {
                case TensorIndex.Kind.Integer:
                    basic.Integer(CheckEntry("Index", dim, index.Start!.Value));
                    break;
                case TensorIndex.Kind.NewAxis:
                    basic.NewAxis();
                    break;
                case TensorIndex.Kind.Ellipsis:
                    TakeWhole(basic, Rank - consumed);
                    break;
                case TensorIndex.Kind.Slice:
                    (int start, int length) = index.Within(_layout.Dims[dim]);
                    basic.Slice(start, length, Math.Max(index.Step, 1), _layout.Dims[dim]);
                    break;
                default:
                    Tensor positions = index.Positions!;
                    RequireSameDevice("Index", this, positions);
                    bool mask = positions.DType == DType.Bool;
                    if (positions.Rank == 0 && !mask && !positions.DType.IsFloatingPoint())
                    {
                        basic.Integer(CheckEntry("Index", dim,
                            (int)Math.Clamp(positions.To(DType.Int64).Item<long>(), int.MinValue, int.MaxValue)));
                        break;
                    }

                    (tensors ??= [])
                        .Add((basic.Rank, mask && positions.Rank == 0 ? positions.Unsqueeze(0) : positions));
                    if (mask && positions.Rank == 0)
                    {
                        basic.NewAxis();
                    }
                    else
                    {
                        TakeWhole(basic, mask ? positions.Rank : 1);
                    }

                    break;
            }
        }

        return basic;
    }

    private void TakeWhole(BasicIndex basic, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int size = _layout.Dims[basic.Consumed];
            basic.Slice(0, size, 1, size);
        }
    }

    /// <summary>Masks become positions, positions are checked and broadcast against each other.</summary>
    private PositionIndex Resolve(BasicIndex basic, List<(int Dim, Tensor Index)> tensors)
    {
        (Layout layout, long offset) = basic.Apply(_layout, _offset);
        Tensor view = Alias(layout, offset);
        List<int> dims = [];
        List<Tensor> positions = [];
        foreach ((int dim, Tensor index) in tensors)
        {
            if (index.DType != DType.Bool)
            {
                dims.Add(dim);
                positions.Add(Positions("Index", index, view, dim, fromEnd: true));
                continue;
            }

            RequireMask(view, index, dim);
            dims.AddRange(Enumerable.Range(dim, index.Rank));
            positions.AddRange(index.NonZero().Unbind(1));
        }

        Layout shape = positions[0]._layout;
        foreach (Tensor p in positions)
        {
            shape = Broadcasting.Result("Index", shape, p._layout);
        }

        // A mask names no place twice.
        return new([.. dims], [.. positions.Select(p => p.ExpandTo(shape))],
            distinct: tensors is [(_, { DType: DType.Bool })]);
    }

    private static void RequireMask(Tensor x, Tensor mask, int dim)
    {
        for (int d = 0; d < mask.Rank; d++)
        {
            if (mask._layout.Dims[d] != x._layout.Dims[dim + d])
            {
                throw new ArgumentException(
                    $"Index: the mask {mask.Describe()} does not fit {x.Describe()}: it has {mask._layout.Dims[d]} "
                        + $"entries where dim {dim + d} has {x._layout.Dims[dim + d]}.", nameof(mask));
            }
        }
    }

    private int CheckEntry(string operation, int dim, int index)
    {
        int size = _layout.Dims[dim];
        return index >= -size && index < size
            ? index < 0 ? index + size : index
            : throw new ArgumentOutOfRangeException(nameof(index), index,
                $"{operation}: index {index} is out of range for dim {dim} of {Describe()}, which has {size} entries.");
    }
}
