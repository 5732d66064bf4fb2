using System.Globalization;
using System.Text;

namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>The registers of a kernel, by number: of what class each is, and how it is called in the end.</summary>
internal sealed class RegisterNames
{
    private readonly Dictionary<string, int> _numbers = [];

    /// <summary>The letters of each register's name, which say its class.</summary>
    private readonly List<string> _classes = [];

    /// <summary>Classes with their types, as they are declared.</summary>
    private readonly List<(string Type, string Letters)> _declared = [];

    private string?[] _names = [];

    /// <summary>How many registers there are.</summary>
    public int Count => _classes.Count;

    /// <summary>The end of a register's name; 0 where another name begins.</summary>
    public static int End(string text, int start)
    {
        int digits = start + 1;
        while (digits < text.Length && char.IsAsciiLetterLower(text[digits]))
        {
            digits++;
        }

        int end = digits;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return end > digits && (end == text.Length || !(text[end] == '.' || text[end] == '_')) ? end : 0;
    }

    /// <summary>The number of a register.</summary>
    public int Number(string name)
    {
        if (!_numbers.TryGetValue(name, out int number))
        {
            _numbers[name] = number = _classes.Count;
            _classes.Add(name[1..].TrimEnd("0123456789".ToCharArray()));
        }

        return number;
    }

    /// <summary>Another register of a register's class.</summary>
    public int Another(int register)
    {
        _classes.Add(_classes[register]);
        return _classes.Count - 1;
    }

    /// <summary>The instruction that copies one register to another of its class.</summary>
    public Instruction Copy(int to, int from)
    {
        string type = _declared.Find(its => its.Letters == _classes[from]).Type;
        return new("mov" + type, ["", ", ", ""], [to, from], results: 1);
    }

    public bool AreOfOneClass(int a, int b) => _classes[a] == _classes[b];

    /// <summary>Notes a line that declares registers.</summary>
    public void Declare(string line)
    {
        string[] words = line.Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries);
        _declared.Add((words[1], words[2][1..words[2].IndexOf('<', StringComparison.Ordinal)]));
    }

    /// <summary>Names the registers that instructions still have, in the order in which they stand.</summary>
    /// <returns>The lines that declare them.</returns>
    public string Rename(IEnumerable<int> order)
    {
        Dictionary<string, int> used = [];
        _names = new string?[Count];
        foreach (int register in order)
        {
            if (_names[register] is null)
            {
                int number = used[_classes[register]] = used.GetValueOrDefault(_classes[register]) + 1;
                _names[register] = string.Create(CultureInfo.InvariantCulture, $"%{_classes[register]}{number}");
            }
        }

        StringBuilder lines = new();
        foreach ((string type, string letters) in _declared)
        {
            if (used.TryGetValue(letters, out int most))
            {
                _ = lines.Append(CultureInfo.InvariantCulture, $"\t.reg {type}\t%{letters}<{most + 1}>;\n");
            }
        }

        return lines.ToString();
    }

    public string Name(int register) => _names[register]!;
}
