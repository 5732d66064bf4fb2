using Autodiff.Algebra;
using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Applies an elementwise operation with its own rule: y = f(x). Integers are computed as float32.
    /// </summary>
    /// <typeparam name="TOp">The operation, a struct of numbers at most.</typeparam>
    public Tensor Map<TOp>(TOp op) where TOp : unmanaged, IUnaryOp => Map(op, TypePromotion.Float(DType));

    /// <summary>Applies a formula alone; its derivative comes from dual numbers, to any order.</summary>
    /// <typeparam name="TFormula">The formula, a struct of numbers at most.</typeparam>
    public Tensor MapByDual<TFormula>(TFormula formula) where TFormula : unmanaged, IUnaryFormula =>
        Map(new ByDual<TFormula>(formula));

    /// <summary>Applies an elementwise operation of two tensors, broadcast to a common shape: y = f(a, b).</summary>
    /// <typeparam name="TOp">The operation.</typeparam>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor Map<TOp>(TOp op, Tensor a, Tensor b) where TOp : unmanaged, IBinaryOp =>
        Map(op, a, b, TypePromotion.Float(TypePromotion.Result(a, b)));

    /// <summary>Applies a formula of two arguments; its derivatives come from dual numbers.</summary>
    /// <typeparam name="TFormula">The formula.</typeparam>
    public static Tensor MapByDual<TFormula>(TFormula formula, Tensor a, Tensor b)
        where TFormula : unmanaged, IBinaryFormula =>
        Map(new BinaryByDual<TFormula>(formula), a, b);

    /// <summary>y = f(x) in elements of <paramref name="type"/>, recorded where needed.</summary>
    internal Tensor Map<TOp>(TOp op, DType type) where TOp : unmanaged, IUnaryOp => Apply(new Op1<TOp>(op), type);

    internal static Tensor Map<TOp>(TOp op, Tensor a, Tensor b, DType type) where TOp : unmanaged, IBinaryOp =>
        Apply(new Op2<TOp>(op), a, b, type);

    internal static Tensor Map<TOp>(TOp op, Tensor a, Tensor b, Tensor c) where TOp : unmanaged, ITernaryOp =>
        Map(op, a, b, c, TypePromotion.Result(a, b, c));

    internal static Tensor Map<TOp>(TOp op, Tensor a, Tensor b, Tensor c, DType type)
        where TOp : unmanaged, ITernaryOp =>
        Apply(new Op3<TOp>(op), a, b, c, type);

    private Tensor Apply<TOp>(TOp op, DType type) where TOp : unmanaged, IOperation
    {
        if (IsConstant)
        {
            return OfConstants(op, this, this, type);
        }

        Tensor y = IsNumber && !RequiresGrad ? EmptyNumber(type) : Empty(_layout, type, Device);
        Backend.Map(op, [View], y.View, Computing(y.DType));
        if (Recording.Needed(this))
        {
            y._node = new ElementNode<TOp, Slots1>(op, [this], [NodeForInput()], y, changes: 0);
        }

        return y;
    }

    private static Tensor Apply<TOp>(TOp op, Tensor a, Tensor b, DType type) where TOp : unmanaged, IOperation
    {
        if (type == DType.Int32 && (IsWide(a) || IsWide(b)))
        {
            return Apply(op, a.To(DType.Int64), b.To(DType.Int64), DType.Int64).To(type);
        }

        if (b.IsNumber && !a.IsNumber && !b.RequiresGrad)
        {
            return a.Apply(new Held<TOp, Second>(op, b.NumberConstant), type);
        }

        if (a.IsNumber && !b.IsNumber && !a.RequiresGrad)
        {
            return b.Apply(new Held<TOp, First>(op, a.NumberConstant), type);
        }

        if (a.IsConstant && b.IsConstant)
        {
            return OfConstants(op, a, b, type);
        }

        if (a.IsNumber && b.IsNumber && !a.RequiresGrad && !b.RequiresGrad)
        {
            Tensor number = EmptyNumber(type);
            number.Backend.Map(op, [a.View, b.View], number.View, number.DType);
            return number;
        }

        RequireSameDevice(OperationName.Of<TOp>(), a, b);
        Layout shape = Broadcasting.Result(OperationName.Of<TOp>(), a._layout, b._layout);
        Tensor y = Empty(shape, type, a.Device);
        a.Backend.Map(op, [a.View.Expand(shape), b.View.Expand(shape)], y.View, Computing(type));
        if (Recording.Needed(a, b))
        {
            y._node = new ElementNode<TOp, Slots2>(op, [a, b], [a.NodeForInput(), b.NodeForInput()], y, changes: 0);
        }

        return y;
    }

    private static Tensor Apply<TOp>(TOp op, Tensor a, Tensor b, Tensor c, DType type) where TOp : unmanaged, IOperation
    {
        if (type == DType.Int32 && (IsWide(a) || IsWide(b) || IsWide(c)))
        {
            return Apply(op, a.To(DType.Int64), b.To(DType.Int64), c.To(DType.Int64), DType.Int64).To(type);
        }

        if (c.IsNumber && !c.RequiresGrad)
        {
            return Apply(new Held<TOp, Third>(op, c.NumberConstant), a, b, type);
        }

        string name = OperationName.Of<TOp>();
        Layout shape = Broadcasting.Result(name, Broadcasting.Result(name, a._layout, b._layout), c._layout);
        Device device = a.IsNumber ? b.IsNumber ? c.Device : b.Device : a.Device;
        Tensor y = Empty(shape, type, device), p = a.On(device), q = b.On(device), r = c.On(device);
        RequireSameDevice(name, p, q);
        RequireSameDevice(name, p, r);
        y.Backend.Map(op, [p.View.Expand(shape), q.View.Expand(shape), r.View.Expand(shape)], y.View, Computing(type));
        if (Recording.Needed([a, b, c]))
        {
            y._node = new ElementNode<TOp, Slots3>(op, [p, q, r],
                [a.NodeForInput(), b.NodeForInput(), c.NodeForInput()], y, changes: 0);
        }

        return y;
    }

    /// <summary>A test of two tensors, elementwise: bool, never recorded. The formula gives 1 or 0.</summary>
    internal static Tensor Test<TOp>(TOp op, Tensor a, Tensor b) where TOp : unmanaged, IBinaryFormula =>
        MapRaw(op, a, b, Computing(TypePromotion.Result(a, b)), DType.Bool);

    /// <summary>f(a, b), broadcast and never recorded, in elements of <paramref name="type"/>.</summary>
    internal static Tensor MapRaw<TOp>(TOp op, Tensor a, Tensor b, DType compute, DType type)
        where TOp : unmanaged, IBinaryFormula
    {
        Layout shape = Broadcasting.Result(OperationName.Of<TOp>(), a._layout, b._layout);
        Device device = a.IsNumber ? b.Device : a.Device;
        compute = compute == DType.Int32 && (IsWide(a) || IsWide(b)) ? DType.Int64 : compute;
        if (type == DType.Bool && a.IsConstant && b.IsConstant)
        {
            return new(OfConstants(new Of2<TOp>(op), a, b, compute).NumberConstant.Integer, type);
        }

        Tensor y = a.IsNumber && b.IsNumber ? new(0L, type) : Empty(shape, type, device);
        Tensor x = a.On(device), z = b.On(device);
        RequireSameDevice(OperationName.Of<TOp>(), x, z);
        y.Backend.Map(new Of2<TOp>(op), [x.View.Expand(shape), z.View.Expand(shape)], y.View, compute);
        return y;
    }

    /// <summary>A test of one tensor: bool, never recorded.</summary>
    internal Tensor Test<TOp>(TOp op, DType? compute = null) where TOp : unmanaged, IUnaryFormula
    {
        Tensor y = IsNumber ? new(0L, DType.Bool) : Empty(_layout, DType.Bool, Device);
        Backend.Map(new Of1<TOp>(op), [View], y.View, compute ?? Computing(DType));
        return y;
    }

    /// <summary>f(x[0], x[1], ...) in the shape of x[0], never recorded.</summary>
    internal static Tensor MapRaw<TOp>(TOp op, ReadOnlySpan<Tensor> x, DType type, Tensor? into = null)
        where TOp : unmanaged, IFormula
    {
        Layout shape = x[0]._layout;
        Tensor y = into ?? Empty(shape, type, x[0].Device);
        OperandViews views = default;
        for (int k = 0; k < x.Length; k++)
        {
            views[k] = x[k].View.Expand(shape);
        }

        y.Backend.Map(op, views[..x.Length], y.View, type);
        return y;
    }

    /// <summary>x = f(x), in place.</summary>
    internal Tensor MapInPlace<TOp>(TOp op) where TOp : unmanaged, IUnaryOp => ApplyInPlace(new Op1<TOp>(op));

    /// <summary>x = f(x, other), in place.</summary>
    internal Tensor MapInPlace<TOp>(TOp op, Tensor other) where TOp : unmanaged, IBinaryOp =>
        ApplyInPlace(new Op2<TOp>(op), other);

    /// <summary>x = f(x, b, c), in place.</summary>
    internal Tensor MapInPlace<TOp>(TOp op, Tensor b, Tensor c) where TOp : unmanaged, ITernaryOp =>
        ApplyInPlace(new Op3<TOp>(op), b, c);

    private Tensor ApplyInPlace<TOp>(TOp op) where TOp : unmanaged, IOperation
    {
        BeforeChange(OperationName.Of<TOp>(), this);
        bool record = Recording.Needed(this);
        Tensor before = record && (op.Reads[0] & Operands.A) != 0 ? Before() : this;
        Backend.Map(op, [View], View, Computing(DType));
        Changed(record ? new ElementNode<TOp, Slots1>(op, [before], [_node!], this, changes: 1) : null, record);
        return this;
    }

    private Tensor ApplyInPlace<TOp>(TOp op, Tensor other) where TOp : unmanaged, IOperation
    {
        string name = OperationName.Of<TOp>();
        DType type = TypePromotion.Result(this, other);
        RequireResultFits(name, type);
        if (type == DType.Int32 && IsWide(other))
        {
            return CopyFrom(Apply(op, this, other, type));
        }

        if (other.IsNumber && !other.RequiresGrad)
        {
            return ApplyInPlace(new Held<TOp, Second>(op, other.NumberConstant));
        }

        BeforeChange(name, other);
        RequireExpands(name, other);
        bool record = Recording.Needed(this, other);
        Operands reads = record ? Kept(op.Reads, this, other) : Operands.None;
        Tensor a = (reads & Operands.A) != 0 ? Before() : this, b = BeforeChangeOf(other, (reads & Operands.B) != 0);
        Backend.Map(op, [View, b.View.Expand(_layout)], View, Computing(type));
        Changed(record
            ? new ElementNode<TOp, Slots2>(op, [a, b], [_node, other.NodeForInput()], this, changes: 1)
            : null, record);
        return this;
    }

    private Tensor ApplyInPlace<TOp>(TOp op, Tensor b, Tensor c) where TOp : unmanaged, IOperation
    {
        string name = OperationName.Of<TOp>();
        DType type = TypePromotion.Result(this, b, c);
        RequireResultFits(name, type);
        if (type == DType.Int32 && (IsWide(b) || IsWide(c)))
        {
            return CopyFrom(Apply(op, this, b, c, type));
        }

        if (c.IsNumber && !c.RequiresGrad)
        {
            return ApplyInPlace(new Held<TOp, Third>(op, c.NumberConstant), b);
        }

        BeforeChange(name, b.RequiresGrad ? b : c);
        RequireExpands(name, b);
        RequireExpands(name, c);
        bool record = Recording.Needed([this, b, c]);
        Operands reads = record ? Kept(op.Reads, this, b, c) : Operands.None;
        Tensor x = (reads & Operands.A) != 0 ? Before() : this;
        Tensor p = BeforeChangeOf(b, (reads & Operands.B) != 0), q = BeforeChangeOf(c, (reads & Operands.C) != 0);
        Backend.Map(op, [View, p.View.Expand(_layout), q.View.Expand(_layout)], View, Computing(type));
        Changed(record
            ? new ElementNode<TOp, Slots3>(op, [x, p, q], [_node, b.NodeForInput(), c.NodeForInput()], this, changes: 1)
            : null, record);
        return this;
    }

    /// <summary>What the rules of those operands read that need a gradient.</summary>
    private static Operands Kept(RuleReads rules, params ReadOnlySpan<Tensor> x)
    {
        Operands reads = Operands.None;
        for (int k = 0; k < x.Length; k++)
        {
            reads |= x[k].RequiresGrad ? rules[k] : Operands.None;
        }

        return reads;
    }

    /// <summary>The values before a change in place, for a rule that needs them.</summary>
    private Tensor Before()
    {
        Tensor copy = Detach().Clone();
        copy._node = _node;
        return copy;
    }

    /// <summary>
    /// An operand of a change in place: itself unless the change would alter what is yet to be read, or what was saved.
    /// </summary>
    private Tensor BeforeChangeOf(Tensor other, bool saved) =>
        other.On(Device) is var operand && (saved ? ReferenceEquals(_storage, other._storage) : Overlaps(other))
            ? operand.Before()
            : operand;

    /// <summary>Whether another tensor shares memory with this one, yet not element for element.</summary>
    internal bool Overlaps(Tensor other) => SharesMemory(other) && !Is(other);

    /// <summary>Whether another tensor has the same storage.</summary>
    internal bool SharesMemory(Tensor other) => ReferenceEquals(_storage, other._storage);

    /// <summary>Whether another tensor is the same elements, element for element.</summary>
    internal bool Is(Tensor other) =>
        SharesMemory(other) && other._offset == _offset && (ReferenceEquals(_layout, other._layout)
        || (_layout.SameShape(other._layout) && _layout.Strides.AsSpan().SequenceEqual(other._layout.Strides)));

    /// <summary>A plain number made from plain numbers: it keeps its full precision until it meets a tensor.</summary>
    private static Tensor EmptyNumber(DType type) =>
        new(0L, type.IsFloatingPoint() ? DType.Float64 : DType.Int64);

    /// <summary>Whether this is a plain number that was neither computed nor given memory.</summary>
    private bool IsConstant => _isNumber && _memory is null && !RequiresGrad
        && DType is DType.Float64 or DType.Int64 or DType.Bool;

    /// <summary>A function of such numbers, which is one again: a compiled step has no value to read.</summary>
    private static unsafe Tensor OfConstants<TOp>(TOp op, Tensor a, Tensor b, DType type)
        where TOp : unmanaged, IFormula
    {
        // By the loop of a tensor's elements, for its bits.
        DType compute = type.IsFloatingPoint() ? DType.Float64 : DType.Int64;
        long x = BitsAs(a, compute), z = BitsAs(b, compute), y;
        void** operands = stackalloc void*[4] { &x, &z, null, null };
        ElementLoops.Of<TOp>(compute)(&op, operands, &y, 1);
        return compute == DType.Int64 ? new(y, compute) : new(BitConverter.Int64BitsToDouble(y), compute);

        static long BitsAs(Tensor number, DType type) => type == DType.Int64
            ? number.NumberConstant.Integer
            : BitConverter.DoubleToInt64Bits(number.NumberConstant.Double);
    }

    /// <summary>
    /// Whether this is a plain number that int32 lacks: operations on int32 are then computed in int64, and the result
    /// wraps.
    /// </summary>
    private static bool IsWide(Tensor x) =>
        x.IsNumber && x.DType == DType.Int64 && x.NumberConstant.Integer is < int.MinValue or > int.MaxValue;

    internal static DType Computing(DType type) => type == DType.Bool ? DType.Int32 : type;

    internal static void RequireSameDevice(string operation, Tensor a, Tensor b)
    {
        if (!ReferenceEquals(a.Device, b.Device))
        {
            throw new InvalidOperationException(
                $"{operation}: operands are on {a.Device} and {b.Device}. Move one with To(Device).");
        }
    }

    /// <summary>
    /// Refuses float64 data in a float32 layer and the reverse: promotion would quietly compute everything behind the
    /// layer in float64. Integers and plain numbers take the type of the parameters.
    /// </summary>
    internal static void RequireLayerType(string layer, Tensor x, params ReadOnlySpan<Tensor?> parameters)
    {
        foreach (Tensor? parameter in parameters)
        {
            if (parameter is not null && parameter.DType != x.DType && !x.IsNumber && x.DType.IsFloatingPoint()
                && parameter.DType.IsFloatingPoint())
            {
                throw new ArgumentException(
                    $"{layer}: the input {x.Describe()} is {x.DType.DisplayName()} and the parameter "
                        + $"{parameter.Describe()} {parameter.DType.DisplayName()}; they must have one type. "
                    + $"Convert the data with To(DType.{parameter.DType}), or the module with To(DType.{x.DType}).",
                    nameof(x));
            }
        }
    }

    /// <summary>A plain number follows its partner to any device; other tensors stay where they are.</summary>
    private Tensor On(Device device) => IsNumber && Device != device ? To(device) : this;

    private void RequireResultFits(string operation, DType result)
    {
        if (!TypePromotion.CanHold(DType, result))
        {
            throw new InvalidOperationException(
                $"{operation} in place: the result is {result.DisplayName()}, which {DType.DisplayName()} can't hold. "
                    + "Convert the tensor first.");
        }
    }

    /// <summary>Refuses an operand of a change in place that is elsewhere, or larger than this.</summary>
    private void RequireExpands(string operation, Tensor operand)
    {
        if (!operand.IsNumber)
        {
            RequireSameDevice(operation, this, operand);
        }

        if (!Broadcasting.CanExpand(operand._layout, _layout))
        {
            throw new ArgumentException(
                $"{operation} in place: an operand of shape {operand.Shape} does not broadcast to {Describe()}, whose "
                    + "shape cannot change.", nameof(operand));
        }
    }
}
