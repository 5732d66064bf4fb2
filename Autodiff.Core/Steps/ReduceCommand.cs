using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Cpu;

namespace Autodiff.Steps;

/// <summary>A reduction; that of a short row to one number is a jump into the loop.</summary>
internal sealed unsafe class ReduceCommand<TOp>(TOp op, TensorView x, TensorView y, int reduced, DType compute)
    : Command(OperationName.Of<TOp>(), (op, reduced, compute), [x, y], 1)
    where TOp : unmanaged, IReduction
{
    private readonly byte[] _op = Pinned(op);
    private TensorView _from;
    private int _reduced;

    public override bool IsPure => true;

    /// <summary>Simplifies the operand's layout once for all replays.</summary>
    public override void Prepare()
    {
        _reduced = reduced;
        _from = ReductionLayout.Simple(Views[0], ref _reduced);
    }

    public override void Run() => Device.Cpu.Backend.Reduce(op, _from, Views[1], _reduced, compute);

    public override bool TryLower(ref Instruction instruction)
    {
        ref readonly TensorView from = ref Views[0];
        if (from.DType != compute || Views[1].DType != compute || Views[1].Count != 1 || !from.Layout.IsContiguous)
        {
            return false;
        }

        instruction.Loop = ReductionKernels.OneRow<TOp>(compute, from.Count);
        instruction.Op = Unsafe.AsPointer(ref _op[0]);
        instruction.X0 = Address(from);
        instruction.Y = Address(Views[1]);
        instruction.Count = (nint)from.Count;
        return instruction.Loop != null;
    }
}
