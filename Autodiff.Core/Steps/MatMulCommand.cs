using System.Runtime.CompilerServices;
using Autodiff.Cpu;

namespace Autodiff.Steps;

/// <summary>A matrix product, with a bias and a relu as its epilogue.</summary>
internal sealed unsafe class MatMulCommand(TensorView[] views, bool hasBias) : Command("MatMul", hasBias, views, 1)
{
    private byte[]? _decision;
    private bool _relu;

    public override bool IsPure => true;

    public override void Run() => CpuMatMul.Run(Views[0], Views[1], hasBias ? Views[2] : null, Views[^1], _relu);

    public override bool TryLower(ref Instruction instruction)
    {
        _decision ??= GC.AllocateArray<byte>(GemmPlan.DecisionBytes, pinned: true);
        instruction.Op = Unsafe.AsPointer(ref _decision[0]);
        instruction.Loop = CpuMatMul.TryDecide(Views[0], Views[1], hasBias ? Views[2] : null, Views[^1], _relu,
            instruction.Op);
        return instruction.Loop != null;
    }

    /// <summary>
    /// Takes over the relu that follows, if it reads just this result and the result has no other use.
    /// </summary>
    public bool Absorb(ElementCommand next, bool resultDies)
    {
        TensorView y = Views[^1];
        if (!next.IsRelu || !resultDies || !ReferenceEquals(next.Reads[0].Storage, y.Storage)
            || next.Reads[0].Count != y.Count
            || next.Reads[0].Offset != y.Offset || !next.Reads[0].Layout.IsContiguous || !y.Layout.IsContiguous
            || !next.Writes[0].Layout.IsContiguous || next.Writes[0].DType != y.DType)
        {
            return false;
        }

        Views[^1] = new(next.Writes[0].Storage, next.Writes[0].Offset, y.Layout, y.DType);
        _relu = true;
        return true;
    }
}
