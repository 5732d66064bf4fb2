using System.Globalization;

namespace Autodiff;

public sealed partial class Tensor : ISpanFormattable
{
    /// <summary>
    /// The tensor as PyTorch prints it, with <see cref="PrintOptions.Default"/>:
    /// <c>tensor([1., 2.], requires_grad=True)</c>.
    /// </summary>
    public override string ToString() => ToString(PrintOptions.Default);

    /// <summary>The tensor as PyTorch prints it.</summary>
    public string ToString(PrintOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return TensorPrinter.Print(this, options);
    }

    /// <summary>
    /// With a numeric format, the elements in that format: a single number alone (<c>$"{loss:F4}"</c> gives 0.1234),
    /// several in brackets. Without one, as <see cref="ToString()"/>.
    /// </summary>
    /// <param name="format">A .NET numeric format, such as F4 or E2.</param>
    /// <param name="formatProvider">Ignored unless given; numbers are written the invariant way.</param>
    public string ToString(string? format, IFormatProvider? formatProvider = null)
    {
        if (string.IsNullOrEmpty(format))
        {
            return ToString();
        }

        formatProvider ??= CultureInfo.InvariantCulture;
        return Rank > 0
            ? TensorPrinter.Print(this, PrintOptions.Default, new TensorPrinter.Format(format, formatProvider))
            : DType.IsFloatingPoint() ? Item().ToString(format, formatProvider)
            : Item<long>().ToString(format, formatProvider);
    }

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format,
        IFormatProvider? provider)
    {
        string text = ToString(format.ToString(), provider);
        bool fits = text.TryCopyTo(destination);
        charsWritten = fits ? text.Length : 0;
        return fits;
    }
}
