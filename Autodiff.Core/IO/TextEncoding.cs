using System.Text;

namespace Autodiff.IO;

/// <summary>Texts that files keep in UTF-8.</summary>
internal static class TextEncoding
{
    /// <summary>Throws where half a surrogate pair would be written as another character.</summary>
    /// <exception cref="ArgumentException">The text is not well-formed UTF-16.</exception>
    public static void RequireWellFormed(string operation, string text, string role)
    {
        ArgumentNullException.ThrowIfNull(text, role);
        for (int i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out Rune rune))
            {
                throw new ArgumentException(
                    $"{operation}: the {role} '{text}' holds half a surrogate pair, U+{(int)text[i]:X4} at {i}, which "
                        + "UTF-8 cannot write.");
            }

            i += rune.Utf16SequenceLength;
        }
    }
}
