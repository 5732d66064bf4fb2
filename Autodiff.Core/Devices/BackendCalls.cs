using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Cpu;
using Autodiff.Steps;

namespace Autodiff.Devices;

/// <summary>
/// A backend as operations call it, and the one place that chooses between it and the recorder of a step that is being
/// captured. A generic method of an interface is looked up at every call; the CPU's small operations would feel that,
/// so its calls go straight there.
/// </summary>
internal readonly struct BackendCalls(IBackend backend)
{
    private readonly IBackend _backend = StepRecording.IsAnywhere ? StepRecording.Instead(backend) : backend;

    /// <summary>Memory whose contents are undefined.</summary>
    /// <param name="byteLength">How much.</param>
    /// <param name="isOwn">Whether it is the engine's own (<see cref="IBackend.AllocateOwn"/>).</param>
    public Storage Allocate(long byteLength, bool isOwn = false)
    {
        Storage storage = isOwn ? _backend.AllocateOwn(byteLength) : _backend.Allocate(byteLength);
        StepRecording.Changed(storage);
        return storage;
    }

    /// <inheritdoc cref="IBackend.Write"/>
    public void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset) =>
        _backend.Write(source, target, byteOffset);

    /// <inheritdoc cref="IBackend.Read"/>
    public void Read(Storage source, long byteOffset, Span<byte> target) => _backend.Read(source, byteOffset, target);

    /// <inheritdoc cref="IBackend.Map"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Map<TOp>(TOp op, ReadOnlySpan<TensorView> operands, in TensorView y, DType compute)
        where TOp : unmanaged, IFormula
    {
        if (_backend is CpuBackend cpu)
        {
            cpu.Map(op, operands, y, compute);
        }
        else
        {
            _backend.Map(op, operands, y, compute);
        }
    }

    /// <inheritdoc cref="IBackend.Reduce"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IReduction
    {
        if (_backend is CpuBackend cpu)
        {
            cpu.Reduce(op, x, y, reduced, compute);
        }
        else
        {
            _backend.Reduce(op, x, y, reduced, compute);
        }
    }

    /// <inheritdoc cref="IBackend.Finish"/>
    public void Finish<TOp>(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IScaledReduction
    {
        if (_backend is CpuBackend cpu)
        {
            cpu.Finish(op, sums, x, y, reduced, compute);
        }
        else
        {
            _backend.Finish(op, sums, x, y, reduced, compute);
        }
    }

    /// <inheritdoc cref="IBackend.Scan"/>
    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction =>
        _backend.Scan(op, x, y, compute);

    /// <inheritdoc cref="IBackend.Update"/>
    public void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule =>
        _backend.Update<TRule>(coefficients, operands);

    /// <inheritdoc cref="IBackend.ArgReduce"/>
    public void ArgReduce(bool largest, in TensorView x, in TensorView indices) =>
        _backend.ArgReduce(largest, x, indices);

    /// <inheritdoc cref="IBackend.Normalize"/>
    public void Normalize(NormalizerKind kind, in TensorView x, in TensorView y) => _backend.Normalize(kind, x, y);

    /// <inheritdoc cref="IBackend.MatMul"/>
    public void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y) =>
        _backend.MatMul(a, b, bias, y);

    /// <inheritdoc cref="IBackend.Convolve"/>
    public void Convolve(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias) =>
        _backend.Convolve(geometry, wanted, input, weight, output, bias);

    /// <inheritdoc cref="IBackend.Fill"/>
    public void Fill(in TensorView y, Constant value) => _backend.Fill(y, value);

    /// <inheritdoc cref="IBackend.Copy"/>
    public void Copy(in TensorView x, in TensorView y) => _backend.Copy(x, y);

    /// <inheritdoc cref="IBackend.Gather"/>
    public void Gather(in TensorView x, int dim, in TensorView index, in TensorView y) =>
        _backend.Gather(x, dim, index, y);

    /// <inheritdoc cref="IBackend.Scatter"/>
    public void Scatter(in TensorView source, int dim, in TensorView index, in TensorView y, bool add) =>
        _backend.Scatter(source, dim, index, y, add);

    /// <inheritdoc cref="IBackend.Sort"/>
    public void Sort(in TensorView x, bool descending, in TensorView values, in TensorView indices) =>
        _backend.Sort(x, descending, values, indices);

    /// <summary>Runs a loop that only the processor has; false, with nothing done, where the device is
    /// another.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="written">How many of the operands, the last ones, it writes.</param>
    /// <param name="views">Its operands.</param>
    public bool TryFuse<TLoop>(in TLoop loop, int written, params ReadOnlySpan<TensorView> views)
        where TLoop : struct, IFusedLoop => _backend is IFusingBackend fusing && fusing.TryFuse(loop, written, views);
}
