namespace Autodiff;

/// <summary>
/// A matrix lacks the property that an operation of linear algebra needs: it is singular, or not positive-definite.
/// </summary>
public sealed class LinearAlgebraException : ArithmeticException
{
    /// <summary>A failure with no details.</summary>
    public LinearAlgebraException()
    {
    }

    /// <summary>A failure described by <paramref name="message"/>.</summary>
    public LinearAlgebraException(string message) : base(message)
    {
    }

    /// <summary>A failure with its cause.</summary>
    public LinearAlgebraException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
