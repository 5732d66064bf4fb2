using Autodiff.Algebra;
using Autodiff.Cpu;
using Autodiff.Devices;

namespace Autodiff.Steps;

/// <summary>
/// The backend of a thread that captures a step: says each call, with its views copied, to the recorder, and passes it
/// on. The CPU's calls are replayed one by one; a device that captures by itself is told which memory is used; on
/// another the step stays eager.
/// </summary>
internal sealed unsafe class RecordingBackend(StepRecorder recorder, IBackend backend) : IBackend, IFusingBackend
{
    private static IBackend Cpu => Device.Cpu.Backend;

    public Storage Allocate(long byteLength)
    {
        if (backend is ICapturingBackend capturing)
        {
            recorder.Join(capturing);
        }

        Storage storage = backend.Allocate(byteLength);
        recorder.Note(storage);
        if (backend is not (CpuBackend or ICapturingBackend))
        {
            RefuseDevice(storage);
        }

        return storage;
    }

    public void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset)
    {
        recorder.Refuse(
            "the step makes a tensor from data of the host, which a replay would not see change; pass it as an input");
        backend.Write(source, target, byteOffset);
    }

    public void Read(Storage source, long byteOffset, Span<byte> target)
    {
        recorder.Refuse(
            "the step reads a value on the host (Item, ToArray, a size that depends on values); do that with what the "
                + "step returns");
        backend.Read(source, byteOffset, target);
    }

    public void Map<TOp>(TOp op, ReadOnlySpan<TensorView> operands, in TensorView y, DType compute)
        where TOp : unmanaged, IFormula
    {
        Note(ElementCommand.Of(op, [.. operands, y], compute));
        backend.Map(op, operands, y, compute);
    }

    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IReduction
    {
        Note(new ReduceCommand<TOp>(op, x, y, reduced, compute));
        backend.Reduce(op, x, y, reduced, compute);
    }

    public void Finish<TOp>(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IScaledReduction
    {
        Note(new FinishCommand<TOp>(op, sums, x, y, reduced, compute));
        backend.Finish(op, sums, x, y, reduced, compute);
    }

    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction
    {
        Note(new CallCommand<(TOp Op, DType Compute)>(OperationName.Of<TOp>(), (op, compute), [x, y], 1,
            static (s, views) => Cpu.Scan(s.Op, views[0], views[1], s.Compute)));
        backend.Scan(op, x, y, compute);
    }

    public void ArgReduce(bool largest, in TensorView x, in TensorView indices)
    {
        Note(new CallCommand<bool>("ArgReduce", largest, [x, indices], 1,
            static (largest, views) => Cpu.ArgReduce(largest, views[0], views[1])));
        backend.ArgReduce(largest, x, indices);
    }

    public void Normalize(NormalizerKind kind, in TensorView x, in TensorView y)
    {
        Note(new CallCommand<NormalizerKind>("Normalize", kind, [x, y], 1,
            static (kind, views) => Cpu.Normalize(kind, views[0], views[1])));
        backend.Normalize(kind, x, y);
    }

    public void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y)
    {
        Note(new MatMulCommand(bias is { } row ? [a, b, row, y] : [a, b, y], bias is not null));
        backend.MatMul(a, b, bias, y);
    }

    public void Convolve(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias)
    {
        // what is read comes first: the other two operands in their order, then the bias
        TensorView[] views = wanted switch
        {
            ConvolutionResult.Input => [weight, output, input],
            ConvolutionResult.Weight => [input, output, weight],
            _ => bias is { } channels ? [input, weight, channels, output] : [input, weight, output],
        };
        Note(new CallCommand<(ConvolutionGeometry Geometry, ConvolutionResult Wanted, bool HasBias)>(
            "Convolve", (geometry, wanted, bias is not null), views, 1, static (s, v) =>
            {
                switch (s.Wanted)
                {
                    case ConvolutionResult.Input: Cpu.Convolve(s.Geometry, s.Wanted, v[2], v[0], v[1], null); break;
                    case ConvolutionResult.Weight: Cpu.Convolve(s.Geometry, s.Wanted, v[0], v[2], v[1], null); break;
                    default: Cpu.Convolve(s.Geometry, s.Wanted, v[0], v[1], v[^1], s.HasBias ? v[2] : null); break;
                }
            }, isPure: true));
        backend.Convolve(geometry, wanted, input, weight, output, bias);
    }

    public void Fill(in TensorView y, Constant value)
    {
        recorder.Resets.Add(y.Storage);
        Note(new CallCommand<Constant>(
            "Fill", value, [y], 1, static (value, views) => Cpu.Fill(views[0], value), isPure: true));
        backend.Fill(y, value);
    }

    public void Copy(in TensorView x, in TensorView y)
    {
        Note(Command.Copy(x, y));
        backend.Copy(x, y);
    }

    public void Gather(in TensorView x, int dim, in TensorView index, in TensorView y)
    {
        Note(new CallCommand<int>("Gather", dim, [x, index, y], 1,
            static (dim, views) => Cpu.Gather(views[0], dim, views[1], views[2])));
        backend.Gather(x, dim, index, y);
    }

    public void Scatter(in TensorView source, int dim, in TensorView index, in TensorView y, bool add)
    {
        Note(new CallCommand<(int Dim, bool Add)>("Scatter", (dim, add), [source, index, y], 1,
            static (s, views) => Cpu.Scatter(views[0], s.Dim, views[1], views[2], s.Add)));
        backend.Scatter(source, dim, index, y, add);
    }

    public void Sort(in TensorView x, bool descending, in TensorView values, in TensorView indices)
    {
        Note(new CallCommand<bool>("Sort", descending, [x, values, indices], 2,
            static (descending, views) => Cpu.Sort(views[0], descending, views[1], views[2])));
        backend.Sort(x, descending, values, indices);
    }

    public void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule
    {
        // a replay would not see its coefficients change
        recorder.Refuse("the step updates parameters by a rule outside an optimizer");
        backend.Update<TRule>(coefficients, operands);
    }

    /// <inheritdoc cref="BackendCalls.TryFuse{TLoop}"/>
    public bool TryFuse<TLoop>(in TLoop loop, int written, ReadOnlySpan<TensorView> views)
        where TLoop : struct, IFusedLoop
    {
        if (backend is not CpuBackend)
        {
            return false;
        }

        Note(new CallCommand<TLoop>(
            TLoop.Name, loop, [.. views], written, static (loop, views) => FusedLoops.Run(loop, views)));
        FusedLoops.Run(loop, views);
        return true;
    }

    private void Note(Command command)
    {
        switch (backend)
        {
            case CpuBackend: recorder.Add(command); break;
            case ICapturingBackend capturing: recorder.Add(command, capturing); break;
            default: RefuseDevice(command.Writes[0].Storage); break;
        }
    }

    private void RefuseDevice(Storage storage) =>
        recorder.Refuse($"the step computes on {storage.Device}, which can't repeat it");
}
