namespace Autodiff.Algebra;

/// <summary>
/// One step of an optimizer for one element: from the gradient g to the new parameter w and the new state, a formula
/// written once and run by every backend in one pass over memory.
/// </summary>
/// <remarks>
/// Numbers that change from run to run or from step to step are coefficients, given beside the rule, so that a backend
/// compiles a rule once and hands them over as arguments. A choice between formulas is a type parameter of the rule.
/// </remarks>
public interface IUpdateRule
{
    /// <summary>How many states an element has, 0 to 3. The formula must leave the others alone.</summary>
    static abstract int StateCount { get; }

    /// <summary>How many coefficients the formula reads.</summary>
    static abstract int CoefficientCount { get; }

    /// <summary>Replaces the parameter and its states by those after the step.</summary>
    /// <param name="k">The coefficients.</param>
    /// <param name="g">The gradient.</param>
    /// <param name="w">The parameter.</param>
    /// <param name="s0">The first state (a momentum, say).</param>
    /// <param name="s1">The second state.</param>
    /// <param name="s2">The third state.</param>
    static abstract void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>;
}
