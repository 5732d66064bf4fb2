namespace Autodiff;

/// <summary>The different elements (or entries of a dimension) of a tensor.</summary>
/// <param name="Values">The different ones, ascending.</param>
/// <param name="Inverse">For each element the position of its value, in the shape of the tensor (or of the
/// dimension).</param>
/// <param name="Counts">How often each occurs.</param>
public sealed record UniqueElements(Tensor Values, Tensor Inverse, Tensor Counts);
