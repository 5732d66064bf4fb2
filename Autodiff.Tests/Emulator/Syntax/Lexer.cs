namespace Autodiff.Tests.Emulator.Syntax;

/// <summary>
/// Cuts PTX into words (names, numbers, opcodes with their suffixes) and punctuation; comments and blanks vanish.
/// </summary>
internal sealed class Lexer
{
    private readonly string _text;
    private int _at;
    private int _line = 1;

    public Lexer(string text)
    {
        _text = text;
        Advance();
    }

    /// <summary>The next token; empty at the end.</summary>
    public string Token { get; private set; } = "";

    /// <summary>The line on which <see cref="Token"/> stands, from 1.</summary>
    public int Line { get; private set; }

    public bool AtEnd => Token.Length == 0;

    public bool Is(char punctuation) => Token.Length == 1 && Token[0] == punctuation;

    /// <summary>Takes the token and steps on.</summary>
    public string Take()
    {
        string token = Token;
        if (AtEnd)
        {
            throw Error("The text ends in the middle of something.");
        }

        Advance();
        return token;
    }

    /// <summary>Steps over the punctuation if it is next.</summary>
    public bool TakeIf(char punctuation)
    {
        bool found = Is(punctuation);
        if (found)
        {
            Advance();
        }

        return found;
    }

    public void Expect(char punctuation)
    {
        if (!TakeIf(punctuation))
        {
            throw Error($"'{punctuation}' was expected where '{Token}' stands.");
        }
    }

    /// <summary>A plain count, such as in <c>.align 16</c>.</summary>
    public int TakeCount()
    {
        string token = Take();
        return int.TryParse(token, out int count)
            ? count
            : throw Error($"A number was expected where '{token}' stands.");
    }

    public PtxException Error(string message) => new(Line, message);

    private void Advance()
    {
        SkipBlanks();
        Line = _line;
        int start = _at;
        while (_at < _text.Length && IsWord(_text[_at]))
        {
            // L2::128B is one word, the label in "L2:" ends before its colon.
            _at += _at + 2 < _text.Length && _text[_at + 1] == ':' && _text[_at + 2] == ':' ? 3 : 1;
        }

        if (_at == start && _at < _text.Length)
        {
            _at++;
        }

        Token = _text[start.._at];
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            if (_text[_at] == '\n')
            {
                _line++;
                _at++;
            }
            else if (char.IsWhiteSpace(_text[_at]))
            {
                _at++;
            }
            else if (_text[_at] == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/')
            {
                int end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else if (_text[_at] == '/' && _at + 1 < _text.Length && _text[_at + 1] == '*')
            {
                int end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                end = end < 0 ? _text.Length : end + 2;
                _line += _text.AsSpan(_at, end - _at).Count('\n');
                _at = end;
            }
            else
            {
                return;
            }
        }
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '%' or '.';
}
