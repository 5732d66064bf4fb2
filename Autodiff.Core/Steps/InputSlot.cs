using Autodiff.Cpu;
using Autodiff.Devices;

namespace Autodiff.Steps;

/// <summary>
/// An input of a captured step: read where it lies if it lies still and in order, else copied into memory of the
/// program's own.
/// </summary>
internal sealed class InputSlot(Tensor own, HashSet<Storage> written, InputSlot.Use[] uses)
{
    /// <summary>Whether the step changes its input or hands it out.</summary>
    private readonly bool _isWritten = written.Contains(own.Storage);

    private Storage? _seen;
    private bool _isCopied;
    private Tensor? _source;
    private Storage? _bound = own.Storage;
    private long _offset;
    private int _version;

    /// <summary>
    /// Where a command reads the input: which operand, how far from the input's first element, and the command's place
    /// in the program (-1: inside a chain).
    /// </summary>
    internal readonly record struct Use(Command Command, int Operand, long Offset, int Place);

    /// <summary>
    /// Whether the program's own copy holds this input as it is now; then nothing needs to be copied.
    /// </summary>
    public bool Has(Tensor input)
    {
        // What was written through a span is not counted, so an input that may change so is copied every time.
        Storage storage = input.Storage;
        return ReferenceEquals(_source, input) && ReferenceEquals(_seen, storage) && !_isCopied
            && _version == storage.Version
            && !storage.MayChangeUnseen && !storage.IsReleased;
    }

    /// <summary>Binds the input to the commands, if it is not the one of the last time.</summary>
    public void Load(Tensor input, StepProgram program, in MemoryUse use)
    {
        TensorView view = input.View;
        if (!ReferenceEquals(view.Storage, _seen))
        {
            _seen = view.Storage;
            _isCopied = _isWritten || written.Contains(view.Storage); // what the step writes may come back as its input
        }

        if (!_isCopied && view.Storage is PooledCpuStorage large && view.Layout.IsContiguous)
        {
            _ = large.First(use);
            if (!ReferenceEquals(view.Storage, _bound) || view.Offset != _offset)
            {
                Bind(view.Storage, view.Offset, program);
            }

            return;
        }

        if (!ReferenceEquals(_bound, own.Storage))
        {
            Bind(own.Storage, 0, program);
        }

        if (!Has(input))
        {
            input.Backend.Copy(view, own.View);
            (_source, _version) = (input, view.Storage.Version);
        }
    }

    private void Bind(Storage storage, long offset, StepProgram program)
    {
        (_bound, _source) = (null, null); // until all are bound: a disposed input ends it halfway
        foreach (Use use in uses)
        {
            use.Command.Rebind(use.Operand, storage, offset + use.Offset);
            program.Settle(use.Command, use.Place);
        }

        (_bound, _offset) = (storage, offset);
    }
}
