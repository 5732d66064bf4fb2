namespace Autodiff;

/// <summary>How a quotient becomes integral.</summary>
public enum RoundingMode
{
    /// <summary>Down, as Python's <c>//</c>.</summary>
    Floor,

    /// <summary>Towards zero, as C's integer division.</summary>
    Trunc,
}
