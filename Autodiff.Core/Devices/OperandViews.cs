using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Devices;

/// <summary>Room on the stack for the operands of a formula.</summary>
[InlineArray(Formulas.MostOperands)]
internal struct OperandViews
{
    private TensorView _first;
}
