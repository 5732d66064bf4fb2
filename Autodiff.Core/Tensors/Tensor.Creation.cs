using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Algebra;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(Shape shape, DType type = DType.Float32, Device? device = null) =>
        Full(shape, 0, type, device);

    /// <summary>A tensor of ones.</summary>
    public static Tensor Ones(Shape shape, DType type = DType.Float32, Device? device = null) =>
        Full(shape, 1, type, device);

    /// <summary>A tensor filled with <paramref name="value"/>, converted to <paramref name="type"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is one of integers, and the value is NaN or outside its
    /// range.</exception>
    public static Tensor Full(Shape shape, double value, DType type = DType.Float32, Device? device = null) =>
        Filled(shape, Held(nameof(Full), value, type), type, device);

    /// <summary>A tensor filled with an integer: in int64 exactly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is int32, and the value is outside its range.</exception>
    public static Tensor Full(Shape shape, long value, DType type = DType.Float32, Device? device = null) =>
        Filled(shape, Held(nameof(Full), value, type), type, device);

    /// <summary>
    /// A number that becomes an element: an integer type must have it, but for a fraction, which is cut off.
    /// </summary>
    internal static double Held(string operation, double value, DType type) =>
        type is not (DType.Int32 or DType.Int64) || double.Truncate(value) is var whole && (type == DType.Int64
            ? whole is >= long.MinValue and < -(double)long.MinValue
            : whole is >= int.MinValue and <= int.MaxValue) ? value : throw NotHeld(operation, value, type);

    /// <inheritdoc cref="Held(string, double, DType)"/>
    internal static long Held(string operation, long value, DType type) =>
        type != DType.Int32 || value == (int)value ? value : throw NotHeld(operation, value, type);

    /// <summary>Refuses a plain number that an element of this tensor could not be.</summary>
    private void RequireHolds(string operation, Tensor value)
    {
        if (value.IsNumber && DType is DType.Int32 or DType.Int64)
        {
            _ = value.DType.IsFloatingPoint()
                ? Held(operation, value.NumberValue, DType)
                : Held(operation, value.NumberConstant.Integer, DType);
        }
    }

    private static ArgumentOutOfRangeException NotHeld<T>(string operation, T value, DType type) =>
        new(nameof(value), value,
        $"{operation}: {value} is not in the range of {type.DisplayName()}, "
            + (type == DType.Int64
                ? $"{long.MinValue} to {long.MaxValue}."
                : $"{int.MinValue} to {int.MaxValue}."));

    private static Tensor Filled(Shape shape, Constant value, DType type, Device? device)
    {
        Tensor y = Empty(shape, type, device);
        y.FillRaw(value);
        return y;
    }

    /// <summary>A tensor whose contents are whatever the memory held.</summary>
    public static Tensor Empty(Shape shape, DType type = DType.Float32, Device? device = null) =>
        Empty(shape.Rank == 0 ? Layout.Scalar : Layout.Contiguous(shape.Sizes), type, device ?? Device.Current);

    /// <summary>Zeros of the shape, type and device of <paramref name="like"/>.</summary>
    public static Tensor ZerosLike(Tensor like) => Full(like.Shape, 0, like.DType, like.Device);

    /// <summary>Ones of the shape, type and device of <paramref name="like"/>.</summary>
    public static Tensor OnesLike(Tensor like) => Full(like.Shape, 1, like.DType, like.Device);

    /// <summary>A value in the shape, type and device of <paramref name="like"/>.</summary>
    public static Tensor FullLike(Tensor like, double value) => Full(like.Shape, value, like.DType, like.Device);

    /// <inheritdoc cref="FullLike(Tensor, double)"/>
    public static Tensor FullLike(Tensor like, long value) => Full(like.Shape, value, like.DType, like.Device);

    /// <summary>A tensor with the elements of <paramref name="data"/> (copied), in row-major order.</summary>
    /// <exception cref="ArgumentException">The shape asks for another number of elements.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> data, Shape shape, Device? device = null) where T : unmanaged
    {
        if (shape.ElementCount != data.Length)
        {
            throw new ArgumentException(
                $"From: shape {shape} has {shape.ElementCount} elements, the data {data.Length}.", nameof(shape));
        }

        Tensor y = Empty(shape, DTypes.Of<T>(), device);
        y.Backend.Write(MemoryMarshal.AsBytes(data), y._storage, 0);
        return y;
    }

    /// <summary>A vector with the elements of <paramref name="data"/> (copied).</summary>
    public static Tensor From<T>(params T[] data) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        return From<T>(data.AsSpan(), [data.Length]);
    }

    /// <summary>A matrix with the elements of <paramref name="data"/> (copied).</summary>
    public static Tensor From<T>(T[,] data) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        return FromArray<T>(data, [data.GetLength(0), data.GetLength(1)]);
    }

    /// <summary>A tensor of rank 3 with the elements of <paramref name="data"/> (copied).</summary>
    public static Tensor From<T>(T[,,] data) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        return FromArray<T>(data, [data.GetLength(0), data.GetLength(1), data.GetLength(2)]);
    }

    /// <summary>A tensor of rank 0.</summary>
    public static Tensor Scalar<T>(T value) where T : unmanaged => From<T>([value], []);

    /// <summary>A tensor of rank 0 and the given type.</summary>
    public static Tensor Scalar(double value, DType type) => Full([], value, type);

    /// <inheritdoc cref="Scalar(double, DType)"/>
    public static Tensor Scalar(long value, DType type) => Full([], value, type);

    /// <inheritdoc cref="Tensor(double, DType)"/>
    internal static Tensor Number(double value, DType type = DType.Float64) => new(value, type);

    /// <inheritdoc cref="Tensor(double, DType)"/>
    internal static Tensor Number(long value, DType type = DType.Int64) => new(value, type);

    /// <summary>A plain number as the constant of an operation: an integer exactly.</summary>
    // A number that was computed stands in its memory.
    internal Constant NumberConstant => _memory is not null ? DType == DType.Int64 ? new(Item<long>()) : new(Item())
        : DType.IsFloatingPoint() ? new(BitConverter.Int64BitsToDouble(_number))
        : new(_number);

    internal double NumberValue => NumberConstant.Double;

    private Storage StoreNumber()
    {
        Storage storage = Device.Cpu.Calls.Allocate(8);
        Device.Cpu.Calls.Fill(new(storage, 0, Layout.Scalar, DType), NumberConstant);
        return storage;
    }

    private static Tensor FromArray<T>(Array data, Shape shape) where T : unmanaged =>
        From(MemoryMarshal.CreateReadOnlySpan(
            ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(data)), data.Length), shape);
}
