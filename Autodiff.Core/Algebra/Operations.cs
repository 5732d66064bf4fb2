namespace Autodiff.Algebra;

/// <summary>Which values an operation's rule reads, so that the tape keeps nothing else alive.</summary>
[Flags]
public enum Saves
{
    /// <summary>The rule needs only the upstream gradient: the operation is linear with constant coefficients.</summary>
    None = 0,

    /// <summary>The first input.</summary>
    A = 1,

    /// <summary>The second input.</summary>
    B = 2,

    /// <summary>The third input.</summary>
    C = 8,

    /// <summary>The result.</summary>
    Output = 4,

    /// <summary>The only input of a unary operation.</summary>
    Input = A,
}

/// <summary>A function of one real number: a formula alone. Enough for a loop; see <see cref="IUnaryOp"/> for one with its own rule.</summary>
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

/// <summary>A differentiable elementwise operation of one argument: formula and vector-Jacobian product side by side.</summary>
/// <remarks>An argument that <see cref="Saves"/> does not name must not be read by the rule: it holds no meaningful value then.</remarks>
public interface IUnaryOp : IUnaryFormula
{
    /// <summary>What <see cref="Vjp{S}"/> reads besides the upstream gradient.</summary>
    Saves Saves { get; }

    /// <summary>The gradient that flows to x: g dy/dx.</summary>
    S Vjp<S>(S g, S x, S y) where S : IReal<S>;
}

/// <summary>A differentiable elementwise operation of two arguments. Broadcasting is the engine's business, not the rule's.</summary>
/// <remarks>An argument that <see cref="SavesA"/> (or <see cref="SavesB"/>) does not name must not be read by that rule.</remarks>
public interface IBinaryOp : IBinaryFormula
{
    /// <summary>What <see cref="VjpA{S}"/> reads besides the upstream gradient.</summary>
    Saves SavesA { get; }

    /// <summary>What <see cref="VjpB{S}"/> reads besides the upstream gradient.</summary>
    Saves SavesB { get; }

    /// <summary>The gradient that flows to a: g dy/da.</summary>
    S VjpA<S>(S g, S a, S b, S y) where S : IReal<S>;

    /// <summary>The gradient that flows to b: g dy/db.</summary>
    S VjpB<S>(S g, S a, S b, S y) where S : IReal<S>;
}

/// <summary>A differentiable elementwise operation of three arguments.</summary>
/// <remarks>The rules may read the inputs that they declare, but not the result.</remarks>
public interface ITernaryOp : ITernaryFormula
{
    /// <summary>Which inputs <see cref="VjpA{S}"/> reads.</summary>
    Saves SavesA { get; }

    /// <summary>Which inputs <see cref="VjpB{S}"/> reads.</summary>
    Saves SavesB { get; }

    /// <summary>Which inputs <see cref="VjpC{S}"/> reads.</summary>
    Saves SavesC { get; }

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
/// A fold of which a function is wanted (a mean, a root): where the sum itself leaves the range of its type, the fold is done again
/// on elements multiplied by a power of two, which changes no digit, and the function takes the power into account.
/// </summary>
public interface IScaledReduction : IReduction
{
    /// <summary>Whether the power of two is that of the smallest magnitude instead of the largest.</summary>
    bool BySmallest { get; }

    /// <summary>The least magnitude of a sum none of whose digits were lost below the range.</summary>
    S Lowest<S>() where S : IReal<S>;

    /// <summary>The function of a sum.</summary>
    S Finish<S>(S sum) where S : IReal<S>;

    /// <summary>The function of what the sum would be if its elements had not been multiplied by 2^-<paramref name="exponent"/>.</summary>
    S Finish<S>(S sum, S exponent) where S : IReal<S>;
}
