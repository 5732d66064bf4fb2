using System.Globalization;
using System.Net;
using System.Text;

namespace Labs.Report;

/// <summary>
/// Formulas in the TeX that the labs need, as MathML, which browsers draw by themselves. Knows scripts, fractions,
/// roots, accents, braces under and over, <c>\left \right</c>, matrices, cases, aligned lines, fonts and the symbols of
/// <see cref="TexSymbols"/>.
/// </summary>
internal sealed class TexMath
{
    private readonly string _source;
    private readonly bool _display;
    private int _at;

    private TexMath(string source, bool display) => (_source, _display) = (source, display);

    /// <summary>The formula as a <c>math</c> element.</summary>
    /// <exception cref="FormatException">The formula has a command that is not known, or braces that don't
    /// match.</exception>
    public static string ToMathML(string tex, bool display)
    {
        var parser = new TexMath(tex.Trim(), display);
        string body = parser.Row();
        if (parser._at < parser._source.Length)
        {
            throw parser.Error($"'{parser._source[parser._at]}' closes nothing");
        }

        return $"<math display=\"{(display ? "block" : "inline")}\"><mrow>{body}</mrow></math>";
    }

    private char Peek => _at < _source.Length ? _source[_at] : '\0';

    /// <summary>Everything up to a closing mark, which is left standing.</summary>
    private string Row()
    {
        var row = new StringBuilder();
        var before = AtomKind.Open;
        while (true)
        {
            SkipSpaces();
            if (_at >= _source.Length || Peek is '}' or '&' || (Peek == ']' && _optionalDepth > 0) || AtCommand("\\\\")
                || AtCommand("\\right") || AtCommand("\\end"))
            {
                return row.ToString();
            }

            string atom = Scripted();
            var kind = _kind;

            // TeX's rule for ln, sin, max: a thin space towards letters, numbers and closed brackets, none towards
            // brackets that open.
            bool isSpaced = (kind == AtomKind.Function && before is AtomKind.Ordinary or AtomKind.Function)
                || (before == AtomKind.Function && kind == AtomKind.Ordinary);
            row.Append(isSpaced ? TexSymbols.ThinSpace : "").Append(atom);
            before = kind;
        }
    }

    private int _optionalDepth;
    private AtomKind _kind;

    /// <summary>What an atom is to its neighbours.</summary>
    private enum AtomKind
    {
        /// <summary>A letter, a number, a fraction, a closing bracket.</summary>
        Ordinary,

        /// <summary>A name such as ln.</summary>
        Function,

        /// <summary>An opening bracket, a space, or an operator, which has its own space.</summary>
        Open,
    }

    /// <summary>An atom with what is written above and below it.</summary>
    private string Scripted()
    {
        int start = _at;
        var (atom, limits) = Atom();
        var kind = KindOf(atom, _source[start..Math.Min(_at, _source.Length)]);
        string? below = null, above = null;
        while (true)
        {
            SkipSpaces();
            if (Peek == '_' && below is null)
            {
                _at++;
                below = Argument();
            }
            else if (Peek == '^' && above is null)
            {
                _at++;
                above = Argument();
            }
            else if (Peek == '\'' && above is null)
            {
                int primes = 0;
                for (; Peek == '\''; _at++)
                {
                    primes++;
                }

                // The sign itself stands high: as a superscript it would be raised twice.
                atom = $"<mrow>{atom}<mo lspace=\"0\" rspace=\"0\">{new string('′', primes)}</mo></mrow>";
            }
            else
            {
                break;
            }
        }

        _kind = kind;
        string tag = limits ? "munder mover munderover" : "msub msup msubsup";
        string[] tags = tag.Split(' ');
        return (below, above) switch
        {
            (null, null) => atom,
            (not null, null) => $"<{tags[0]}>{atom}{below}</{tags[0]}>",
            (null, not null) => $"<{tags[1]}>{atom}{above}</{tags[1]}>",
            _ => $"<{tags[2]}>{atom}{below}{above}</{tags[2]}>",
        };
    }

    private static AtomKind KindOf(string html, string tex) => tex switch
    {
        [')' or ']' or '|' or '!', ..] => AtomKind.Ordinary,
        _ when html.StartsWith("<mi mathvariant", StringComparison.Ordinal) => AtomKind.Function,
        _ when html.StartsWith("<mo", StringComparison.Ordinal) && !html.StartsWith("<mover", StringComparison.Ordinal)
            || html.StartsWith("<mspace", StringComparison.Ordinal) || html.Length == 0
            || tex.StartsWith("\\left", StringComparison.Ordinal) => AtomKind.Open,
        _ => AtomKind.Ordinary,
    };

    /// <summary>One element, and whether its scripts stand under and over it.</summary>
    private (string Html, bool Limits) Atom()
    {
        char c = Peek;
        switch (c)
        {
            case '{':
                return (Group(), false);
            case '\\':
                return Command();
            case >= '0' and <= '9':
                int start = _at;
                while (char.IsAsciiDigit(Peek)
                    || (Peek == '.' && _at + 1 < _source.Length && char.IsAsciiDigit(_source[_at + 1])))
                {
                    _at++;
                }

                return ($"<mn>{_source[start.._at]}</mn>", false);
            case '\0':
                throw Error("the formula ends where something should follow");
            default:
                _at++;
                string text = WebUtility.HtmlEncode(c == '-' ? "−" : c.ToString(CultureInfo.InvariantCulture));
                return (char.IsLetter(c) ? $"<mi>{text}</mi>" : TexSymbols.Fence(text), false);
        }
    }

    private (string Html, bool Limits) Command()
    {
        string name = Name();
        if (TexSymbols.Find(name) is var (html, limits))
        {
            return (html, limits && _display);
        }

        switch (name)
        {
            case "frac" or "tfrac" or "dfrac":
                string numerator = Argument();
                return ($"<mfrac>{numerator}{Argument()}</mfrac>", false);
            case "sqrt":
                SkipSpaces();
                if (Peek != '[')
                {
                    return ($"<msqrt>{Argument()}{TexSymbols.Strut}</msqrt>", false);
                }

                _at++;
                _optionalDepth++;
                string degree = Row();
                _optionalDepth--;
                _at++;
                return ($"<mroot>{Argument()}<mrow>{degree}</mrow></mroot>", false);
            case "textbf":
                return ($"<mtext style=\"font-weight:bold\">{WebUtility.HtmlEncode(RawArgument())}</mtext>", false);
            case "text" or "mathrm" or "operatorname":
                return ($"<mtext>{WebUtility.HtmlEncode(RawArgument())}</mtext>", false);
            case "mathbf" or "boldsymbol":
                return (TexLetters.Bold(Argument(), isItalic: name == "boldsymbol"), false);
            case "mathbb" or "mathcal":
                return ($"<mi>{TexSymbols.Alphabet(name, RawArgument())}</mi>", false);
            case "hat" or "bar" or "tilde" or "vec" or "dot" or "overline":
                return ($"<mover accent=\"true\">{Argument()}<mo "
                    + $"stretchy=\"{(name == "overline" ? "true" : "false")}\">{TexSymbols.Accent(name)}</mo></mover>",
                    false);
            case "underbrace":
                return ($"<munder>{Argument()}<mo stretchy=\"true\">⏟</mo></munder>", true);
            case "overbrace":
                return ($"<mover>{Argument()}<mo stretchy=\"true\">⏞</mo></mover>", true);
            case "left":
                return (Fenced(), false);
            case "big" or "Big" or "bigl" or "bigr" or "Bigl" or "Bigr" or "limits" or "displaystyle":
                return ("", false);
            case "begin":
                return (Environment(), false);
            default:
                throw Error($"\\{name} is not known");
        }
    }

    private string Fenced()
    {
        string open = Delimiter();
        string body = Row();
        if (!AtCommand("\\right"))
        {
            throw Error("\\left has no \\right");
        }

        _at += "\\right".Length;
        return $"<mrow>{open}{body}{Delimiter()}</mrow>";
    }

    private string Delimiter()
    {
        SkipSpaces();
        string text = Peek == '\\' ? Name() : _source[_at++].ToString();
        string symbol = text switch
        {
            "." => "",
            "|" or "(" or ")" or "[" or "]" or "/" => text,
            "{" or "}" => text,
            "lVert" or "rVert" or "Vert" => "‖",
            "lfloor" => "⌊",
            "rfloor" => "⌋",
            "langle" => "⟨",
            "rangle" => "⟩",
            _ => throw Error($"'{text}' is no delimiter"),
        };
        return symbol.Length == 0 ? "" : $"<mo stretchy=\"true\" fence=\"true\">{symbol}</mo>";
    }

    private string Environment()
    {
        string name = RawArgument();
        var (open, close) = name switch
        {
            // Drawn as borders, for browsers without a font whose brackets grow.
            "bmatrix" or "pmatrix" => ("", ""),
            "cases" => ("{", ""),
            "matrix" or "aligned" or "align" or "align*" => ("", ""),
            _ => throw Error($"the environment {name} is not known"),
        };
        var table = new StringBuilder("<mtr><mtd>");
        while (true)
        {
            table.Append(Row());
            if (Peek == '&')
            {
                _at++;
                table.Append("</mtd><mtd>");
            }
            else if (AtCommand("\\\\"))
            {
                _at += 2;
                table.Append("</mtd></mtr><mtr><mtd>");
            }
            else if (AtCommand("\\end"))
            {
                _at += "\\end".Length;
                RawArgument();
                break;
            }
            else
            {
                throw Error($"the environment {name} has no end");
            }
        }

        string style = name switch
        {
            "bmatrix" => "brackets",
            "pmatrix" => "parentheses",
            "align" or "align*" => "aligned",
            _ => name,
        };
        return $"<mrow>{Fence(open)}<mtable class=\"{style}\">{table}</mtd></mtr></mtable>{Fence(close)}</mrow>";

        static string Fence(string text) => text.Length == 0 ? "" : $"<mo stretchy=\"true\" fence=\"true\">{text}</mo>";
    }

    private string Argument()
    {
        SkipSpaces();
        return Peek == '{' ? Group() : Atom().Html;
    }

    private string Group()
    {
        _at++;
        int depth = _optionalDepth;
        _optionalDepth = 0;
        string body = Row();
        _optionalDepth = depth;
        if (Peek != '}')
        {
            throw Error("a brace is not closed");
        }

        _at++;
        return $"<mrow>{body}</mrow>";
    }

    private string RawArgument()
    {
        SkipSpaces();
        int end = Peek == '{' ? _source.IndexOf('}', _at) : -1;
        if (end < 0)
        {
            throw Error("a word in braces should follow");
        }

        string text = _source[(_at + 1)..end];
        _at = end + 1;
        return text;
    }

    private string Name()
    {
        int start = ++_at;
        while (char.IsAsciiLetter(Peek))
        {
            _at++;
        }

        if (_at == start && _at < _source.Length)
        {
            _at++;
        }

        return _source[start.._at];
    }

    private bool AtCommand(string command) =>
        string.CompareOrdinal(_source, _at, command, 0, command.Length) == 0
        && (!char.IsAsciiLetter(command[^1]) || _at + command.Length >= _source.Length
            || !char.IsAsciiLetter(_source[_at + command.Length]));

    private void SkipSpaces()
    {
        while (char.IsWhiteSpace(Peek))
        {
            _at++;
        }
    }

    private FormatException Error(string what) => new($"Formula: {what}, at {_at} of: {_source}");
}
