using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Devices;

/// <summary>
/// What one optimizer step of one parameter reads and writes; all of one shape and one floating type.
/// </summary>
/// <param name="Parameter">The parameter, changed in place.</param>
/// <param name="Gradient">Its gradient.</param>
/// <param name="State0">The first state, changed in place; default where the rule has none.</param>
/// <param name="State1">The second state.</param>
/// <param name="State2">The third state.</param>
public readonly record struct UpdateOperands(
    TensorView Parameter, TensorView Gradient, TensorView State0, TensorView State1, TensorView State2)
{
    /// <summary>
    /// Refuses what differs in type, size or device: loops and kernels go by the parameter, and would read and write
    /// beside the others' memory.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void RequireAlike<TRule>(in UpdateOperands x) where TRule : struct, IUpdateRule
    {
        if (!(x.Agrees(x.Gradient) && (TRule.StateCount < 1 || x.Agrees(x.State0))
            && (TRule.StateCount < 2 || x.Agrees(x.State1)) && (TRule.StateCount < 3 || x.Agrees(x.State2))))
        {
            ThrowUnlike(x, TRule.StateCount);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Agrees(in TensorView other) =>
        other.DType == Parameter.DType && other.Count == Parameter.Count
        && ReferenceEquals(other.Storage.Device, Parameter.Storage.Device);

    private static void ThrowUnlike(in UpdateOperands x, int states)
    {
        TensorView[] all = [x.Parameter, x.Gradient, x.State0, x.State1, x.State2];
        throw new ArgumentException(
            "Update: parameter, gradient and states must be of one shape and type, on one device; they are "
                + string.Join(", ", all.Take(2 + states).Select(view =>
                    $"{view.Layout.Shape} {view.DType.DisplayName()} on {view.Storage.Device}")) + ".");
    }
}
