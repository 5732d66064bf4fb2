using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Cpu;

namespace Autodiff.Steps;

/// <summary>What is made of the sums of a reduction; of one sum of neighbours it is a jump into the loop.</summary>
internal sealed unsafe class FinishCommand<TOp>(TOp op, TensorView sums, TensorView x, TensorView y, int reduced,
    DType compute)
    : Command(OperationName.Of<TOp>(), (op, reduced, compute), [sums, x, y], 1)
    where TOp : unmanaged, IScaledReduction
{
    private readonly byte[] _op = Pinned(op);

    public override bool IsPure => true;

    public override void Run() => Device.Cpu.Backend.Finish(op, Views[0], Views[1], Views[2], reduced, compute);

    public override bool TryLower(ref Instruction instruction)
    {
        ref readonly TensorView row = ref Views[1];
        if (row.DType != compute || Views[2].Count != 1 || !row.Layout.IsContiguous)
        {
            return false;
        }

        instruction.Loop = FinishKernels.One<TOp>(compute);
        instruction.Op = Unsafe.AsPointer(ref _op[0]);
        instruction.X0 = Address(Views[0]);
        instruction.X1 = Address(row);
        instruction.Y = Address(Views[2]);
        instruction.Count = (nint)row.Count;
        return true;
    }
}
