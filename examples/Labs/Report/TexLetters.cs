using System.Text.RegularExpressions;

namespace Labs.Report;

/// <summary>Unicode's mathematical alphabets, which say bold or italic by the character itself.</summary>
internal static partial class TexLetters
{
    /// <summary>
    /// Elements of single letters and of numbers in bold: upright as by <c>\mathbf</c>, or italic as by
    /// <c>\boldsymbol</c>, where numbers stay upright. A style would not do: a browser sets a single letter in italics
    /// whatever its weight.
    /// </summary>
    public static string Bold(string mathml, bool isItalic) => Letters().Replace(mathml, match =>
        $"<{match.Groups[1].Value}>"
            + string.Concat(match.Groups[2].Value.EnumerateRunes().Select(rune => Bold(rune.Value, isItalic)))
            + $"</{match.Groups[1].Value}>");

    private static string Bold(int letter, bool isItalic) => char.ConvertFromUtf32(letter switch
    {
        >= 'A' and <= 'Z' => (isItalic ? 0x1D468 : 0x1D400) + letter - 'A',
        >= 'a' and <= 'z' => (isItalic ? 0x1D482 : 0x1D41A) + letter - 'a',
        >= '0' and <= '9' => 0x1D7CE + letter - '0',
        >= 'Α' and <= 'Ω' => (isItalic ? 0x1D71C : 0x1D6A8) + letter - 'Α',
        >= 'α' and <= 'ω' => (isItalic ? 0x1D736 : 0x1D6C2) + letter - 'α',
        '∇' => isItalic ? 0x1D735 : 0x1D6C1,
        '∂' => isItalic ? 0x1D74F : 0x1D6DB,
        _ => letter,
    });

    [GeneratedRegex(@"<(mi|mn)>([^<&]+)</\1>")]
    private static partial Regex Letters();
}
