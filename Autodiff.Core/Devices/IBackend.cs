using Autodiff.Algebra;

namespace Autodiff.Devices;

/// <summary>
/// What a device must be able to do. Operations come as type parameters, so that each backend makes its own loop or
/// kernel of the same formula. Operands of elementwise methods have the result's shape already (broadcast by strides of
/// zero); elements are converted to <c>compute</c> (never bool) when read and to the result's type when written. A
/// result may be one of the operands (in place) when their layouts agree; any other overlap is the caller's to avoid.
/// </summary>
public interface IBackend
{
    /// <summary>Memory whose contents are undefined.</summary>
    /// <exception cref="OutOfMemoryException">The device has none left.</exception>
    Storage Allocate(long byteLength);

    /// <summary>
    /// The same for what is the engine's own: room within an operation, tables, inputs of a compiled step. No scope
    /// that a user has open gives it back; a backend without such scopes has nothing to add.
    /// </summary>
    internal Storage AllocateOwn(long byteLength) => Allocate(byteLength);

    /// <summary>Copies host bytes into device memory.</summary>
    void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset);

    /// <summary>Copies device memory into host bytes, waiting for pending work.</summary>
    void Read(Storage source, long byteOffset, Span<byte> target);

    /// <summary>y = f(operands[0], operands[1], ...).</summary>
    void Map<TOp>(TOp op, ReadOnlySpan<TensorView> operands, in TensorView y, DType compute)
        where TOp : unmanaged, IFormula;

    /// <summary>
    /// Folds the trailing <paramref name="reduced"/> dimensions of x into y, contiguous, whose shape is x's leading
    /// dimensions. Deterministic.
    /// </summary>
    void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IReduction;

    /// <summary>
    /// y = f(sum), where Reduce made each sum of the trailing <paramref name="reduced"/> dimensions of x. Where a sum
    /// is infinite, NaN or below <see cref="IScaledReduction.Lowest"/>, and the row's largest (smallest) magnitude is
    /// neither 0 nor infinite, the row is folded again with its elements multiplied by a power of two. y may be the
    /// sums; both are contiguous, of type <paramref name="compute"/>.
    /// </summary>
    void Finish<TOp>(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IScaledReduction;

    /// <summary>
    /// The position of the largest (or smallest) element along the last dimension; the first of equals, NaN before all.
    /// The positions are contiguous.
    /// </summary>
    void ArgReduce(bool largest, in TensorView x, in TensorView indices);

    /// <summary>Running combination along the last dimension: y[i] = x[0] ∘ ... ∘ x[i].</summary>
    void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction;

    /// <summary>
    /// Softmax of each row (last dimension) of x, its logarithm, or the log-sum-exp of the row, where y has one element
    /// for each. Computed around the row's maximum. Operands are contiguous, of one floating type; rows are not empty.
    /// </summary>
    void Normalize(NormalizerKind kind, in TensorView x, in TensorView y);

    /// <summary>
    /// y[b] = a[b] @ b[b] for operands [batch, m, k], [batch, k, n], [batch, m, n] of one type but bool and any
    /// strides, plus a row bias [n] where given. Integers wrap.
    /// </summary>
    void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y);

    /// <summary>
    /// The convolution output[n, o, i] = bias[o] + Σ weight[o, c, k] input[n, c, i · stride + k · dilation - padding],
    /// over the channels c of o's group and the taps k; or, of the same sum of products of three, the operand that
    /// <paramref name="wanted"/> names from the other two, which are all that is read: input = Σ weight · output over o
    /// and k, weight = Σ input · output over n and i. Operands are contiguous, not empty, of one floating type and rank
    /// 5. Deterministic. A backend that has no way of its own inherits one made of copies, sums and matrix products.
    /// </summary>
    /// <param name="geometry">How inputs, taps and outputs belong together.</param>
    /// <param name="wanted">Which operand is computed.</param>
    /// <param name="input">[N, C, D, H, W].</param>
    /// <param name="weight">[O, C / groups, kD, kH, kW].</param>
    /// <param name="output">[N, O, oD, oH, oW].</param>
    /// <param name="bias">One number for each of the O outputs where the output is wanted, or null.</param>
    void Convolve(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias) =>
        ComposedConvolution.Run(this, geometry, wanted, input, weight, output, bias);

    /// <summary>Every element of y = value, converted to y's type.</summary>
    void Fill(in TensorView y, Constant value);

    /// <summary>y = x, element by element, converted to y's type.</summary>
    void Copy(in TensorView x, in TensorView y);

    /// <summary>
    /// y[..., i, ...] = x[..., index[..., i, ...], ...] along <paramref name="dim"/>. Indices are int64, checked by the
    /// caller.
    /// </summary>
    void Gather(in TensorView x, int dim, in TensorView index, in TensorView y);

    /// <summary>
    /// y[..., index[..., i, ...], ...] = (or +=) source[..., i, ...], in the order of the source, so the same bits
    /// every time: of values for one place the last stays. Floating-point numbers beyond the first 128 for one place go
    /// to a compensated sum.
    /// </summary>
    void Scatter(in TensorView source, int dim, in TensorView index, in TensorView y, bool add);

    /// <summary>
    /// Stable sort along the last dimension; NaN counts as largest. The results' last dimension may be smaller than the
    /// operand's: then only the first ones are wanted. The positions are contiguous.
    /// </summary>
    void Sort(in TensorView x, bool descending, in TensorView values, in TensorView indices);

    /// <summary>
    /// One optimizer step: the rule applied to every element of each parameter with its gradient and states, in place.
    /// </summary>
    void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule;
}

/// <summary>What <see cref="IBackend.Normalize"/> makes of a row.</summary>
public enum NormalizerKind
{
    /// <summary>e^(x - max) / Σ e^(x - max).</summary>
    Softmax,

    /// <summary>(x - max) - ln Σ e^(x - max).</summary>
    LogSoftmax,

    /// <summary>ln Σ e^(x - max) + max, where an infinite maximum counts as 0: one number a row.</summary>
    LogSumExp,
}
