using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>Applies an elementwise operation with its own rule: y = f(x). Integers are computed as float32.</summary>
    /// <typeparam name="TOp">The operation, a struct of numbers at most.</typeparam>
    public Tensor Map<TOp>(TOp op) where TOp : unmanaged, IUnaryOp => Map(op, TypePromotion.Float(DType));

    /// <summary>Applies a formula alone; its derivative comes from dual numbers, to any order.</summary>
    /// <typeparam name="TFormula">The formula, a struct of numbers at most.</typeparam>
    public Tensor MapByDual<TFormula>(TFormula formula) where TFormula : unmanaged, IUnaryFormula => Map(new ByDual<TFormula>(formula));

    /// <summary>Applies an elementwise operation of two tensors, broadcast to a common shape: y = f(a, b).</summary>
    /// <typeparam name="TOp">The operation.</typeparam>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor Map<TOp>(TOp op, Tensor a, Tensor b) where TOp : unmanaged, IBinaryOp =>
        Map(op, a, b, TypePromotion.Float(TypePromotion.Result(a, b)));

    /// <summary>Applies a formula of two arguments; its derivatives come from dual numbers.</summary>
    /// <typeparam name="TFormula">The formula.</typeparam>
    public static Tensor MapByDual<TFormula>(TFormula formula, Tensor a, Tensor b) where TFormula : unmanaged, IBinaryFormula =>
        Map(new BinaryByDual<TFormula>(formula), a, b);

    /// <summary>y = f(x) in elements of <paramref name="type"/>, recorded where needed.</summary>
    internal Tensor Map<TOp>(TOp op, DType type) where TOp : unmanaged, IUnaryOp
    {
        Tensor y = Empty(_layout, type, Device);
        Backend.Map(op, View, y.View, Computing(type));
        if (Recording.Needed(this))
        {
            y._node = new UnaryNode<TOp>(op, this, _node!, y, changes: 0);
        }

        return y;
    }

    internal static Tensor Map<TOp>(TOp op, Tensor a, Tensor b, DType type) where TOp : unmanaged, IBinaryOp
    {
        if (b.IsNumber && !a.IsNumber && !b.RequiresGrad)
        {
            return a.Map(new WithRight<TOp>(op, b.NumberValue), type);
        }

        if (a.IsNumber && !b.IsNumber && !a.RequiresGrad)
        {
            return b.Map(new WithLeft<TOp>(op, a.NumberValue), type);
        }

        RequireSameDevice(OperationName.Of<TOp>(), a, b);
        Layout shape = Broadcasting.Result(OperationName.Of<TOp>(), a._layout, b._layout);
        Tensor y = Empty(shape, type, a.Device);
        a.Backend.Map(op, a.View.Expand(shape), b.View.Expand(shape), y.View, Computing(type));
        if (Recording.Needed(a, b))
        {
            y._node = new BinaryNode<TOp>(op, a, b, a._node, b._node, y, changes: 0);
        }

        return y;
    }

    internal static Tensor Map<TOp>(TOp op, Tensor a, Tensor b, Tensor c) where TOp : unmanaged, ITernaryOp
    {
        string name = OperationName.Of<TOp>();
        DType type = TypePromotion.Result(a, b, c);
        Layout shape = Broadcasting.Result(name, Broadcasting.Result(name, a._layout, b._layout), c._layout);
        Device device = a.IsNumber ? b.IsNumber ? c.Device : b.Device : a.Device;
        Tensor y = Empty(shape, type, device);
        y.Backend.Map(op, a.On(device).View.Expand(shape), b.On(device).View.Expand(shape), c.On(device).View.Expand(shape), y.View, Computing(type));
        if (Recording.Needed([a, b, c]))
        {
            y._node = new TernaryNode<TOp>(op, a, b, c, [a._node, b._node, c._node], y);
        }

        return y;
    }

    /// <summary>A test of two tensors, elementwise: bool, never recorded. The formula gives 1 or 0.</summary>
    internal static Tensor Test<TOp>(TOp op, Tensor a, Tensor b) where TOp : unmanaged, IBinaryFormula
    {
        string name = OperationName.Of<TOp>();
        DType type = Computing(TypePromotion.Result(a, b));
        Layout shape = Broadcasting.Result(name, a._layout, b._layout);
        Device device = a.IsNumber ? b.Device : a.Device;
        Tensor y = Empty(shape, DType.Bool, device);
        y.Backend.Map(op, a.On(device).View.Expand(shape), b.On(device).View.Expand(shape), y.View, type);
        return y;
    }

    /// <summary>A test of one tensor: bool, never recorded.</summary>
    internal Tensor Test<TOp>(TOp op) where TOp : unmanaged, IUnaryFormula
    {
        Tensor y = Empty(_layout, DType.Bool, Device);
        Backend.Map(op, View, y.View, Computing(DType));
        return y;
    }

    internal static Tensor MapRaw<TOp>(TOp op, Tensor a, Tensor b, Tensor c, DType type) where TOp : unmanaged, ITernaryFormula
    {
        Layout shape = a._layout;
        Tensor y = Empty(shape, type, a.Device);
        a.Backend.Map(op, a.View, b.View.Expand(shape), c.View.Expand(shape), y.View, type);
        return y;
    }

    internal static Tensor MapRaw<TOp>(TOp op, Tensor a, Tensor b, Tensor c, Tensor d, DType type) where TOp : unmanaged, IQuaternaryFormula
    {
        Layout shape = a._layout;
        Tensor y = Empty(shape, type, a.Device);
        a.Backend.Map(op, a.View, b.View.Expand(shape), c.View.Expand(shape), d.View.Expand(shape), y.View, type);
        return y;
    }

    /// <summary>x = f(x), in place.</summary>
    internal Tensor MapInPlace<TOp>(TOp op) where TOp : unmanaged, IUnaryOp
    {
        BeforeChange(OperationName.Of<TOp>(), this);
        Backend.Map(op, View, View, Computing(DType));
        Node? node = Recording.Needed(this) ? new UnaryNode<TOp>(op, this, _node!, this, changes: 1) : _node;
        _storage.Touch();
        _node = node;
        return this;
    }

    /// <summary>x = f(x, other), in place.</summary>
    internal Tensor MapInPlace<TOp>(TOp op, Tensor other) where TOp : unmanaged, IBinaryOp
    {
        string name = OperationName.Of<TOp>();
        if (other.IsNumber)
        {
            RequireResultFits(name, TypePromotion.Result(this, other));
            return MapInPlace(new WithRight<TOp>(op, other.NumberValue));
        }

        BeforeChange(name, other);
        RequireResultFits(name, TypePromotion.Result(this, other));
        if (!Broadcasting.CanExpand(other._layout, _layout))
        {
            throw new ArgumentException($"{name} in place: an operand of shape {other.Shape} does not broadcast to {Describe()}, whose shape cannot change.", nameof(other));
        }

        Tensor safe = Overlaps(other) ? other.Detach().Clone() : other;
        Backend.Map(op, View, safe.View.Expand(_layout), View, Computing(TypePromotion.Result(this, other)));
        Node? node = Recording.Needed(this, other)
            ? new BinaryNode<TOp>(op, this, other, _node, other._node, this, changes: 1)
            : _node;
        _storage.Touch();
        _node = node;
        return this;
    }

    /// <summary>Refuses a change in place that the tape could not follow.</summary>
    internal void BeforeChange(string operation, Tensor? with)
    {
        if (!GradMode.IsEnabled)
        {
            return;
        }

        if (_node is LeafNode)
        {
            throw new InvalidOperationException(
                $"{operation} in place: {Describe()} is a leaf that requires grad, so changing it would lose its gradient. Do it under Tensor.NoGrad(), or make a new tensor.");
        }

        if (with?.RequiresGrad == true && !DType.IsFloatingPoint())
        {
            throw new InvalidOperationException($"{operation} in place: the {DType.DisplayName()} tensor {Describe()} can't take part in a gradient.");
        }
    }

    /// <summary>Whether another tensor shares memory with this one, yet not element for element.</summary>
    internal bool Overlaps(Tensor other) => ReferenceEquals(_storage, other._storage)
        && !(other._offset == _offset && (ReferenceEquals(_layout, other._layout)
            || (_layout.SameShape(other._layout) && _layout.Strides.AsSpan().SequenceEqual(other._layout.Strides))));

    internal static DType Computing(DType type) => type == DType.Bool ? DType.Int32 : type;

    internal static void RequireSameDevice(string operation, Tensor a, Tensor b)
    {
        if (!ReferenceEquals(a.Device, b.Device))
        {
            throw new InvalidOperationException(
                $"{operation}: operands are on {a.Device} and {b.Device}. Move one with To(Device).");
        }
    }

    /// <summary>A plain number follows its partner to any device; other tensors stay where they are.</summary>
    private Tensor On(Device device) => IsNumber && Device != device ? To(device) : this;

    private void RequireResultFits(string operation, DType result)
    {
        if (result.IsFloatingPoint() && !DType.IsFloatingPoint())
        {
            throw new InvalidOperationException(
                $"{operation} in place: the result is {result.DisplayName()}, which {DType.DisplayName()} can't hold. Convert the tensor first.");
        }
    }
}
