using System.Globalization;

namespace Autodiff.IO;

/// <summary>
/// Reads the few Python literals that an npy header is made of, one after another; nothing is evaluated.
/// </summary>
internal ref struct PythonLiteral(string text, string subject)
{
    private int _position;

    /// <summary>The next character that is no white space; '\0' at the end.</summary>
    public char Peek()
    {
        while (_position < text.Length && text[_position] is ' ' or '\n' or '\t' or '\r')
        {
            _position++;
        }
        return _position < text.Length ? text[_position] : '\0';
    }

    /// <summary>Passes over <paramref name="expected"/> if it comes next.</summary>
    public bool TryTake(char expected)
    {
        bool there = Peek() == expected;
        _position += there ? 1 : 0;
        return there;
    }

    /// <summary>Passes over <paramref name="expected"/>, which must come next.</summary>
    public void Expect(char expected)
    {
        if (!TryTake(expected))
        {
            throw Unexpected($"'{expected}'");
        }
    }

    /// <summary>Throws unless everything was read.</summary>
    public void ExpectEnd()
    {
        Peek();
        if (_position != text.Length)
        {
            throw Unexpected("its end");
        }
    }

    /// <summary>
    /// A text in single or double quotes, without escapes; Python 2 began those that are Unicode with u.
    /// </summary>
    public string Text()
    {
        int open = Peek() is 'u' or 'U' ? _position + 1 : _position;
        int end = open < text.Length && text[open] is '\'' or '"' ? text.IndexOf(text[open], open + 1) : -1;
        if (end < 0)
        {
            throw Unexpected("a text in quotes");
        }
        string value = text[(open + 1)..end];
        _position = end + 1;
        return value;
    }

    /// <summary>True or False.</summary>
    public bool Boolean()
    {
        Peek();
        foreach (bool value in (ReadOnlySpan<bool>)[true, false])
        {
            string word = value ? "True" : "False";
            if (text.AsSpan(_position).StartsWith(word, StringComparison.Ordinal))
            {
                _position += word.Length;
                return value;
            }
        }
        throw Unexpected("True or False");
    }

    /// <summary>A tuple of whole numbers from 0; Python 2 ended long ones in L.</summary>
    public long[] Numbers()
    {
        var numbers = new List<long>();
        Expect('(');
        while (!TryTake(')'))
        {
            Peek();
            int start = _position;
            while (_position < text.Length && char.IsAsciiDigit(text[_position]))
            {
                _position++;
            }
            if (!long.TryParse(text.AsSpan(start, _position - start), NumberStyles.None, CultureInfo.InvariantCulture,
                out long number))
            {
                throw Unexpected("a whole number from 0 to 2^63-1");
            }
            numbers.Add(number);
            TryTake('L');
            if (!TryTake(','))
            {
                Expect(')');
                break;
            }
        }
        return [.. numbers];
    }

    private readonly InvalidDataException Unexpected(string expected) => new(
        $"{subject}: its header is malformed at character {_position}, where {expected} was expected: {Excerpt(text)}");

    /// <summary>The beginning of a text, for messages.</summary>
    public static string Excerpt(string text) => text.Length <= 200 ? text.Trim() : text[..200] + "...";
}
