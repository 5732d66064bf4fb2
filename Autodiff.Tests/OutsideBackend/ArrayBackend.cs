using Autodiff;
using Autodiff.Algebra;
using Autodiff.Devices;

namespace OutsideBackend;

/// <summary>
/// A backend that Autodiff does not know: floating elements in arrays, one at a time. It can what elementwise
/// operations and sums need, and so their gradients: a rule is a formula too. What it can't it refuses by name.
/// </summary>
public sealed class ArrayBackend : IBackend
{
    private readonly Device _device;

    private ArrayBackend(int index) => _device = new("array", index, this);

    /// <summary>A device of this kind.</summary>
    public static Device NewDevice(int index = 0) => new ArrayBackend(index)._device;

    public Storage Allocate(long byteLength) => new ArrayStorage(_device, byteLength);

    public void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset) =>
        source.CopyTo(((ArrayStorage)target).Bytes[(int)byteOffset..]);

    public void Read(Storage source, long byteOffset, Span<byte> target) =>
        ((ArrayStorage)source).Bytes.Slice((int)byteOffset, target.Length).CopyTo(target);

    public void Map<TOp>(TOp op, ReadOnlySpan<TensorView> operands, in TensorView y, DType compute)
        where TOp : unmanaged, IFormula
    {
        Scalar[] x = new Scalar[operands.Length];
        foreach (int[] i in Indices(y.Layout.Shape))
        {
            for (int k = 0; k < x.Length; k++)
            {
                x[k] = Get(operands[k], i);
            }

            Set(y, i, op.F<Scalar, Operands>(new(x)));
        }
    }

    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IReduction
    {
        ReadOnlySpan<int> folded = x.Layout.Shape.AsSpan()[^reduced..];
        foreach (int[] i in Indices(y.Layout.Shape))
        {
            Scalar sum = op.Identity<Scalar>();
            foreach (int[] k in Indices(Shape.Create(folded)))
            {
                sum = op.Combine(sum, op.Map(Get(x, [.. i, .. k])));
            }

            Set(y, i, sum);
        }
    }

    public void Fill(in TensorView y, Constant value)
    {
        foreach (int[] i in Indices(y.Layout.Shape))
        {
            Set(y, i, value.Double);
        }
    }

    public void Copy(in TensorView x, in TensorView y)
    {
        foreach (int[] i in Indices(y.Layout.Shape))
        {
            Set(y, i, Get(x, i));
        }
    }

    public void Finish<TOp>(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IScaledReduction => throw Unsupported(nameof(Finish));

    public void ArgReduce(bool largest, in TensorView x, in TensorView indices) => throw Unsupported(nameof(ArgReduce));

    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction =>
        throw Unsupported(nameof(Scan));

    public void Normalize(NormalizerKind kind, in TensorView x, in TensorView y) =>
        throw Unsupported(nameof(Normalize));

    public void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y) =>
        throw Unsupported(nameof(MatMul));

    public void Gather(in TensorView x, int dim, in TensorView index, in TensorView y) =>
        throw Unsupported(nameof(Gather));

    public void Scatter(in TensorView source, int dim, in TensorView index, in TensorView y, bool add) =>
        throw Unsupported(nameof(Scatter));

    public void Sort(in TensorView x, bool descending, in TensorView values, in TensorView indices) =>
        throw Unsupported(nameof(Sort));

    public void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule =>
        throw Unsupported(nameof(Update));

    private NotSupportedException Unsupported(string operation) =>
        new($"{operation}: {_device} has elementwise operations and sums only.");

    private static Scalar Get(in TensorView view, ReadOnlySpan<int> at) => new(ArrayStorage.Get(view, at));

    private static void Set(in TensorView view, ReadOnlySpan<int> at, Scalar value) =>
        ArrayStorage.Set(view, at, value.Value);

    /// <summary>The indices of every element in row-major order.</summary>
    private static IEnumerable<int[]> Indices(Shape shape)
    {
        for (long n = 0; n < shape.ElementCount; n++)
        {
            int[] at = new int[shape.Rank];
            long rest = n;
            for (int d = at.Length - 1; d >= 0; d--)
            {
                (rest, at[d]) = (rest / shape[d], (int)(rest % shape[d]));
            }

            yield return at;
        }
    }

    /// <summary>What a formula reads.</summary>
    private readonly struct Operands(Scalar[] x) : IOperands<Scalar>
    {
        public Scalar this[int k] => x[k];
    }
}
