using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Operations;
using Autodiff.Steps;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The only element, converted to <typeparamref name="T"/>.</summary>
    /// <exception cref="InvalidOperationException">There is not exactly one element.</exception>
    public T Item<T>() where T : unmanaged
    {
        if (ElementCount != 1)
        {
            throw new InvalidOperationException(
                $"Item: {Describe()} has {ElementCount} elements; only a tensor of one has an item. Index it or use "
                    + "ToArray().");
        }

        if (DTypes.Of<T>() == DType)
        {
            T value = default;
            TensorView view = View;
            Backend.Read(view.Storage, view.Offset * DType.SizeOf(), MemoryMarshal.AsBytes(new Span<T>(ref value)));
            return value;
        }

        using (Unrecorded())
        {
            return To(DTypes.Of<T>()).Item<T>();
        }
    }

    /// <summary>The only element as a double (PyTorch's <c>item()</c>).</summary>
    /// <exception cref="InvalidOperationException">There is not exactly one element.</exception>
    public double Item() => DType switch
    {
        DType.Float32 => Item<float>(),
        DType.Int64 => Item<long>(),
        DType.Int32 => Item<int>(),
        DType.Bool => Item<bool>() ? 1 : 0,
        _ => Item<double>(),
    };

    /// <summary>The elements in row-major order, converted to <typeparamref name="T"/>.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        T[] data = GC.AllocateUninitializedArray<T>(Sizes.Entries(nameof(ToArray), ElementCount, DTypes.Of<T>()));
        CopyTo(data.AsSpan());
        return data;
    }

    /// <summary>
    /// Copies the elements, in row-major order and converted to <typeparamref name="T"/>, into a span of just that
    /// size.
    /// </summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void CopyTo<T>(Span<T> target) where T : unmanaged
    {
        if (target.Length != ElementCount)
        {
            throw new ArgumentException($"CopyTo: {Describe()} has {ElementCount} elements, the span {target.Length}.",
                nameof(target));
        }

        if (target.IsEmpty)
        {
            return; // a view without elements may begin anywhere
        }

        using (Unrecorded())
        {
            Tensor plain = To(DTypes.Of<T>()).Contiguous();
            Backend.Read(plain.View.Storage, plain._offset * plain.DType.SizeOf(), MemoryMarshal.AsBytes(target));
        }
    }

    /// <summary>
    /// The elements of a contiguous CPU tensor, without a copy. What is written through the span is seen by the tensor.
    /// </summary>
    /// <remarks>
    /// Writing through a span is not counted as a change in place. From the first writable span on, a tensor of up to
    /// 64 KiB is therefore compared when Backward needs it as a saved value, and copied to a compiled step at every
    /// replay. Of a larger one that was saved, Backward does not find out: change it by an operation
    /// (<see cref="CopyFrom"/>), or take <see cref="AsReadOnlySpan{T}"/> where nothing is to be written.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The tensor is elsewhere, is strided, or holds another
    /// type.</exception>
    public Span<T> AsSpan<T>() where T : unmanaged => Elements<T>(nameof(AsSpan), writable: true);

    /// <summary>The elements of a contiguous CPU tensor to be read, without a copy.</summary>
    /// <exception cref="InvalidOperationException">The tensor is elsewhere, is strided, or holds another
    /// type.</exception>
    public ReadOnlySpan<T> AsReadOnlySpan<T>() where T : unmanaged =>
        Elements<T>(nameof(AsReadOnlySpan), writable: false);

    private Span<T> Elements<T>(string operation, bool writable) where T : unmanaged
    {
        if (_storage is not CpuStorage cpu || !IsContiguous || DTypes.Of<T>() != DType)
        {
            throw new InvalidOperationException(
                $"{operation}<{typeof(T).Name}>: needs a contiguous CPU tensor of {DTypes.Of<T>().DisplayName()}; "
                    + $"{Describe()} is {DType.DisplayName()} on {Device}"
                + $"{(IsContiguous ? "" : ", strided")}. Use ToArray(), Contiguous() or To().");
        }

        StepRecording.Refuse("the step looks at a tensor's elements as a span; do that outside");
        return MemoryMarshal.Cast<byte, T>(cpu.ExposedBytes(_offset * DType.SizeOf(), ElementCount * DType.SizeOf(),
            writable));
    }

    /// <summary>
    /// The same values in elements of <paramref name="type"/>; the tensor itself if it has that type. Floating to
    /// floating is differentiable.
    /// </summary>
    /// <remarks>
    /// Integers to a shorter type wrap; floating numbers to integers are cut off towards 0, and stop at the ends of the
    /// range (NaN gives 0).
    /// </remarks>
    public Tensor To(DType type) => type == DType ? this : Converted(type);

    private Tensor Converted(DType type)
    {
        Tensor y = Empty(_layout, type, Device);
        Backend.Copy(View, y.View);
        DType from = DType;
        return y.Record("To", "x̄ = g in x's type", this, g => g.To(from));
    }

    /// <summary>
    /// The same values on <paramref name="device"/>; the tensor itself if it is there. Differentiable.
    /// </summary>
    public Tensor To(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return ReferenceEquals(device, Device) ? this : Moved(device);
    }

    private Tensor Moved(Device device)
    {
        if (_memory is null && _node is null)
        {
            return Filled([], NumberConstant, DType, device);
        }

        if (StepRecording.IsHere)
        {
            StepRecording.Refuse(
                $"the step moves {Describe()} from {Device} to {device}; pass it as an input that is there already");
        }

        Tensor plain = Detach().Contiguous(), y = Empty(_layout, DType, device);
        long length = ElementCount * DType.SizeOf(), start = length == 0 ? 0 : plain._offset * DType.SizeOf();
        using MemoryUse use = MemoryUse.Begin();
        if (plain._storage is CpuStorage source)
        {
            y.Backend.Write(source.Bytes(use, start, length), y._storage, 0);
        }
        else if (y._storage is CpuStorage target)
        {
            Backend.Read(plain._storage, start, target.Bytes(use, 0, length));
        }
        else
        {
            byte[] part = GC.AllocateUninitializedArray<byte>((int)Math.Min(length, MostBytesAtOnce));
            for (long done = 0; done < length; done += part.Length)
            {
                Span<byte> bytes = part.AsSpan(0, (int)Math.Min(length - done, part.Length));
                Backend.Read(plain._storage, start + done, bytes);
                y.Backend.Write(bytes, y._storage, done);
            }
        }

        Device from = Device;
        return y.Record("To", "x̄ = g on x's device", this, g => g.To(from));
    }

    private const int MostBytesAtOnce = 16 << 20;

    /// <summary>A copy with storage of its own, in row-major order. Differentiable.</summary>
    public Tensor Clone()
    {
        Tensor y = Empty(_layout, DType, Device);
        Backend.Copy(View, y.View);
        return y.Record("Clone", "x̄ = g", this, g => g);
    }

    /// <summary>The tensor itself if its elements lie in row-major order without gaps, else a copy that does.</summary>
    public Tensor Contiguous() => IsContiguous ? this : Clone();

    /// <summary>
    /// Copies the values of <paramref name="source"/>, broadcast and converted, into this tensor in place (PyTorch's
    /// <c>copy_</c>).
    /// </summary>
    public Tensor CopyFrom(Tensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        BeforeChange(nameof(CopyFrom), source);
        if (!Broadcasting.CanExpand(source._layout, _layout))
        {
            throw new ArgumentException($"CopyFrom: shape {source.Shape} does not broadcast to {Describe()}.",
                nameof(source));
        }

        RequireHolds(nameof(CopyFrom), source);
        Tensor safe = Overlaps(source) ? source.Detach().Clone() : source;
        Backend.Copy(safe.To(Device).View.Expand(_layout), View);
        bool record = Recording.Needed(this, source);
        Node? from = record ? source.NodeForInput() : null;
        Func<Tensor, Tensor?> rule = ReferenceEquals(source.Device, Device) ? static g => g : BackTo(source.Device);
        Changed(from is null ? null : new FunctionNode("CopyFrom", "x̄ = g", this, [from], [rule], []), record);
        return this;

        static Func<Tensor, Tensor?> BackTo(Device device) => g => g.To(device);
    }

    /// <summary>Sets every element to <paramref name="value"/>, in place.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The elements are integers, and the value is NaN or outside their
    /// range.</exception>
    public Tensor Fill(double value) => FillWith(Held(nameof(Fill), value, DType));

    /// <summary>Sets every element to an integer, in place: in int64 exactly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The elements are int32, and the value is outside their
    /// range.</exception>
    public Tensor Fill(long value) => FillWith(Held(nameof(Fill), value, DType));

    private Tensor FillWith(Constant value)
    {
        BeforeChange(nameof(Fill), null);
        FillRaw(value);
        bool record = GradMode.IsEnabled && !IsLeaf;
        Changed(null, record); // a constant now
        return this;
    }

    /// <summary>Sets every element to zero, in place (PyTorch's <c>zero_</c>).</summary>
    public Tensor Zero() => Fill(0);

    internal void FillRaw(Constant value) => Backend.Fill(View, value);

    /// <summary>Adds to this tensor in place without looking at the tape: the sum of gradients.</summary>
    internal void AddInto(Tensor g)
    {
        AddRaw(g);
        _storage.Touch();
    }

    internal void AddRaw(Tensor g) =>
        Backend.Map(default(Of2<Add>), [View, g.View.Expand(_layout)], View, Computing(DType));

    internal bool AllFinite() => Test(default(IsFinite)).AllTrue();
}
