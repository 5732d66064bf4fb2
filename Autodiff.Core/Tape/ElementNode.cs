using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Algebra;

namespace Autodiff;

/// <summary>An operand of a recorded operation: where it came from, and its value where a rule reads it.</summary>
internal struct Slot
{
    public Node? Input;
    public Saved Value;
}

/// <summary>
/// Room for the operands of a node, which then is one object: chains of small nodes go through the caches faster.
/// </summary>
[InlineArray(1)]
internal struct Slots1
{
    private Slot _first;
}

[InlineArray(2)]
internal struct Slots2
{
    private Slot _first;
}

[InlineArray(3)]
internal struct Slots3
{
    private Slot _first;
}

/// <summary>A recorded elementwise operation.</summary>
/// <typeparam name="TOp">The operation.</typeparam>
/// <typeparam name="TSlots">Room for as many operands as it has.</typeparam>
internal sealed class ElementNode<TOp, TSlots> : Node where TOp : unmanaged, IOperation where TSlots : struct
{
    private readonly TOp _op;
    private readonly Operands _kept; // what the rules of those operands read that need a gradient
    private readonly RuleReads _rules;
    private TSlots _slots;
    private Saved _y;

    /// <param name="op">The operation.</param>
    /// <param name="x">Its operands; those that are read are kept.</param>
    /// <param name="inputs">Where they came from; null for one that needs no gradient.</param>
    /// <param name="y">Its result.</param>
    /// <param name="changes">How many changes in place the result's storage is about to see: 1 if y is an operand
    /// itself.</param>
    public ElementNode(TOp op, ReadOnlySpan<Tensor> x, ReadOnlySpan<Node?> inputs, Tensor y, int changes)
        : base(y)
    {
        _op = op;
        Span<Slot> slots = Slots;
        _rules = op.Reads;
        for (int k = 0; k < slots.Length; k++)
        {
            slots[k].Input = inputs[k];
            _kept |= inputs[k] is null ? Operands.None : _rules[k];
        }

        for (int k = 0; k < slots.Length; k++)
        {
            if (Has(_kept, k))
            {
                slots[k].Value = new(x[k]);
            }
        }

        if ((_kept & Operands.Output) != 0)
        {
            _y = new(y, changes);
        }

        ShowOperands(x);
    }

    public override string Name => OperationName.Of<TOp>();

    public override string Formula => _op.F<Formula, Listed<Formula>>(Variables).ToString();

    public override string Rule
    {
        get
        {
            Formula g = Algebra.Formula.Variable("g");
            string rule = $"{Bars[0]} = {_op.Vjp<Formula, Listed<Formula>, First>(g, Variables)}";
            rule += TOp.Arity > 1 ? $", {Bars[1]} = {_op.Vjp<Formula, Listed<Formula>, Second>(g, Variables)}" : "";
            return rule
                + (TOp.Arity > 2 ? $", {Bars[2]} = {_op.Vjp<Formula, Listed<Formula>, Third>(g, Variables)}" : "");
        }
    }

    public override string Reads => _kept.Names(Letters);

    public override int InputCount => TOp.Arity;

    public override Node? Input(int i) => Slots[i].Input;

    internal override void Backward(Tensor g, Backpropagation run)
    {
        Values x = new(Take(0, g), Take(1, g), TOp.Arity > 1 ? Take(2, g) : g);
        Send<First>(g, x, run);
        if (TOp.Arity > 1)
        {
            Send<Second>(g, x, run);
        }

        if (TOp.Arity > 2)
        {
            Send<Third>(g, x, run);
        }
    }

    internal override IEnumerable<SavedOperand> Kept()
    {
        List<SavedOperand> kept = [];
        Span<Slot> slots = Slots;
        for (int k = 0; k < slots.Length; k++)
        {
            kept.AddRange(slots[k].Value.Shown(Role(k)));
        }

        return [.. kept, .. _y.Shown("output")];
    }

    internal override void Free()
    {
        foreach (ref Slot slot in Slots)
        {
            slot.Value.Free();
        }

        _y.Free();
    }

    private Span<Slot> Slots => MemoryMarshal.CreateSpan(ref Unsafe.As<TSlots, Slot>(ref _slots), TOp.Arity);

    private static string[] Letters => TOp.Arity == 1 ? ["x"] : TOp.Arity == 2 ? ["a", "b"] : ["a", "b", "c"];

    private static string[] Bars => TOp.Arity == 1 ? ["x̄"] : ["ā", "b̄", "c̄"];

    private static Listed<Formula> Variables =>
        new([.. Letters.Select(Algebra.Formula.Variable), Algebra.Formula.Variable("y")]);

    private static bool Has(Operands set, int k) => ((int)set >> k & 1) != 0;

    /// <summary>
    /// Operand <paramref name="k"/> or, behind the last, the result; where no rule reads it, what stands for it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Tensor Take(int k, Tensor g) => k == TOp.Arity
        ? (_kept & Operands.Output) != 0 ? _y.Get(Name, "output", this) : Placeholder.For(g)
        : Has(_kept, k) ? Slots[k].Value.Get(Name, Role(k)) : Placeholder.For(g);

    private static string Role(int k) =>
        TOp.Arity == 1 ? "input" : k switch { 0 => "first operand", 1 => "second operand", _ => "third operand" };

    /// <summary>Sends operand K its gradient.</summary>
    private void Send<K>(Tensor g, in Values x, Backpropagation run) where K : unmanaged, IPosition
    {
        if (Slots[K.Index].Input is not { } input || !run.Leads(input))
        {
            return;
        }

        if (_rules[K.Index] == Operands.None || GradMode.IsEnabled)
        {
            // a constant slope may come as a plain number
            Tensor gradient = Tensor.RunRule<TOp, Values, K>(_op, g, x, DType).ExpandTo(Layout);
            run.Accumulate(input, gradient, owned: !ReferenceEquals(gradient.Storage, g.Storage) && !IsKept(gradient));
            return;
        }

        Tensor? into = Outlives(g, K.Index) ? null : Spare(g);
        ReadOnlySpan<Tensor> operands = [g, x[0], x[1], x[2]];
        run.Accumulate(input, Tensor.MapRaw(new Rule<TOp, K>(_op), operands[..Rule<TOp, K>.Arity], DType, into),
            owned: true);
    }

    /// <summary>
    /// Whether somebody still wants the gradient once operand <paramref name="k"/> has got its own: a later operand, or
    /// an earlier one that got it as it is.
    /// </summary>
    private bool Outlives(Tensor g, int k)
    {
        if (TOp.Arity == 1)
        {
            return false;
        }

        Span<Slot> slots = Slots;
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i].Input is { } other
                && (i > k || (i < k && other.Gradient is { } sent && ReferenceEquals(sent.Storage, g.Storage))))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsKept(Tensor gradient)
    {
        foreach (ref Slot slot in Slots)
        {
            if (slot.Value.IsStorageOf(gradient))
            {
                return true;
            }
        }

        return _y.IsStorageOf(gradient);
    }

    /// <summary>The operands and, behind them, the result, as a rule reads them.</summary>
    private readonly struct Values(Tensor x0, Tensor x1, Tensor x2) : IOperands<Tensor>
    {
        public Tensor this[int k] => k == 0 ? x0 : k == 1 ? x1 : x2;
    }
}
