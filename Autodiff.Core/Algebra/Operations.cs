namespace Autodiff.Algebra;

/// <summary>
/// A function of one real number: a formula alone. Enough for a loop; see <see cref="IUnaryOp"/> for one with its own
/// rule.
/// </summary>
public interface IUnaryFormula
{
    /// <summary>y = f(x).</summary>
    S F<S>(S x) where S : IReal<S>;
}

/// <summary>A function of two real numbers.</summary>
public interface IBinaryFormula
{
    /// <summary>y = f(a, b).</summary>
    S F<S>(S a, S b) where S : IReal<S>;
}

/// <summary>A function of three real numbers.</summary>
public interface ITernaryFormula
{
    /// <summary>y = f(a, b, c).</summary>
    S F<S>(S a, S b, S c) where S : IReal<S>;
}

/// <summary>A function of four real numbers: the widest that a rule needs.</summary>
public interface IQuaternaryFormula
{
    /// <summary>y = f(a, b, c, d).</summary>
    S F<S>(S a, S b, S c, S d) where S : IReal<S>;
}

/// <summary>
/// A differentiable elementwise operation of one argument: formula and vector-Jacobian product side by side.
/// </summary>
/// <remarks>
/// The tape keeps the arguments that flow into what the rule returns, and no others. It finds them by running the rule,
/// so a rule may branch on the operation's fields, on <see cref="IReal{S}.IsDouble"/> and on
/// <see cref="IReal{S}.AllLessEqual"/>, but on nothing else about its carrier.
/// </remarks>
public interface IUnaryOp : IUnaryFormula
{
    /// <summary>The gradient that flows to x: g dy/dx.</summary>
    S Vjp<S>(S g, S x, S y) where S : IReal<S>;
}

/// <summary>
/// A differentiable elementwise operation of two arguments. Broadcasting is the engine's business, not the rule's.
/// </summary>
/// <remarks>
/// What is kept for its rules is found as for <see cref="IUnaryOp"/>, for each operand that needs a gradient.
/// </remarks>
public interface IBinaryOp : IBinaryFormula
{
    /// <summary>The gradient that flows to a: g dy/da.</summary>
    S VjpA<S>(S g, S a, S b, S y) where S : IReal<S>;

    /// <summary>The gradient that flows to b: g dy/db.</summary>
    S VjpB<S>(S g, S a, S b, S y) where S : IReal<S>;
}

/// <summary>A differentiable elementwise operation of three arguments.</summary>
/// <remarks>Its rules read the inputs alone, not the result.</remarks>
public interface ITernaryOp : ITernaryFormula
{
    /// <summary>The gradient that flows to a.</summary>
    S VjpA<S>(S g, S a, S b, S c) where S : IReal<S>;

    /// <summary>The gradient that flows to b.</summary>
    S VjpB<S>(S g, S a, S b, S c) where S : IReal<S>;

    /// <summary>The gradient that flows to c.</summary>
    S VjpC<S>(S g, S a, S b, S c) where S : IReal<S>;
}

/// <summary>An associative combination with which a reduction folds its elements.</summary>
public interface IReduction
{
    /// <summary>The neutral element: the reduction of nothing.</summary>
    S Identity<S>() where S : IReal<S>;

    /// <summary>What is done to an element before it is combined (the square, for a sum of squares).</summary>
    S Map<S>(S x) where S : IReal<S>;

    /// <summary>The combination of two partial results.</summary>
    S Combine<S>(S a, S b) where S : IReal<S>;
}

/// <summary>
/// A fold of which a function is wanted (a mean, a root): where the sum itself leaves the range of its type, the fold
/// is done again on elements multiplied by a power of two, which changes no digit, and the function takes the power
/// into account.
/// </summary>
public interface IScaledReduction : IReduction
{
    /// <summary>Whether the power of two is that of the smallest magnitude instead of the largest.</summary>
    bool BySmallest { get; }

    /// <summary>The least magnitude of a sum none of whose digits were lost below the range.</summary>
    S Lowest<S>() where S : IReal<S>;

    /// <summary>The function of a sum.</summary>
    S Finish<S>(S sum) where S : IReal<S>;

    /// <summary>
    /// The function of what the sum would be if its elements had not been multiplied by 2^-<paramref name="exponent"/>.
    /// </summary>
    S Finish<S>(S sum, S exponent) where S : IReal<S>;
}
