namespace Autodiff.Algebra;

/// <summary>
/// One step of an optimizer for one element: from the gradient g to the new parameter w and the new state, a formula
/// written once and run by every backend in one pass over memory.
/// </summary>
/// <remarks>
/// A rule is a struct whose fields are doubles only (or structs of doubles): its coefficients. They reach the formula
/// through <see cref="IReal{S}.Const"/> unchanged (whatever is computed from them is computed before the rule is made), so
/// that a backend can hand them to one compiled kernel as arguments, though they change from step to step. A choice
/// between formulas is a type parameter.
/// </remarks>
public interface IUpdateRule
{
    /// <summary>How many states an element has, 0 to 3. The formula must leave the others alone.</summary>
    static abstract int StateCount { get; }

    /// <summary>Replaces the parameter and its states by those after the step.</summary>
    /// <param name="g">The gradient.</param>
    /// <param name="w">The parameter.</param>
    /// <param name="s0">The first state (a momentum, say).</param>
    /// <param name="s1">The second state.</param>
    /// <param name="s2">The third state.</param>
    void Apply<S>(S g, ref S w, ref S s0, ref S s1, ref S s2) where S : IReal<S>;
}
