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
    TensorView Parameter, TensorView Gradient, TensorView State0, TensorView State1, TensorView State2);
