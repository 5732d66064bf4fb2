namespace Autodiff.Gpu.Compilation;

/// <summary>Takes instructions whose results nothing reads out of a kernel's text.</summary>
/// <remarks>
/// An instruction that is a method (<see cref="Kernels.Carriers.InstructionAttribute"/>) is a call until the text is
/// written, and ILGPU keeps calls. It also loads every argument. An assembler drops both; here they would be read by
/// people and interpreters.
/// </remarks>
internal sealed class UnreadResults
{
    // What computes or moves numbers, and nothing else.
    private static readonly HashSet<string> s_pure =
    [
        "abs", "add", "and", "cos", "cvt", "cvta", "div", "ex2", "fma", "lg2", "mad", "max", "min", "mov", "mul", "neg",
        "not", "or", "rem", "selp", "setp", "shl", "shr", "sin", "sqrt", "sub", "xor",
    ];

    private readonly Dictionary<string, int> _numbers = [];

    /// <summary>How often each register is read, and which lines write it.</summary>
    private readonly List<(int Reads, List<int> Writers)> _registers = [];

    /// <summary>What each line reads.</summary>
    private readonly List<int>[] _read;

    private readonly string[] _lines;

    private UnreadResults(string text)
    {
        _lines = text.Split('\n');
        _read = new List<int>[_lines.Length];
    }

    /// <summary>The text without them.</summary>
    public static string Remove(string text)
    {
        UnreadResults all = new(text);
        for (int i = 0; i < all._lines.Length; i++)
        {
            all.Read(i);
        }

        all.RemoveUnread();
        return string.Join('\n', all._lines.Where(static line => line is not null));
    }

    private void Read(int i)
    {
        string line = _lines[i];
        List<int> read = _read[i] = [];
        if (line.StartsWith("\t.reg", StringComparison.Ordinal))
        {
            return;
        }

        int target = Target(line);
        for (int at = line.IndexOf('%', StringComparison.Ordinal); at >= 0; at = line.IndexOf('%', at))
        {
            int start = at++;
            while (at < line.Length && char.IsAsciiLetterOrDigit(line[at]))
            {
                at++;
            }

            int register = Number(line[start..at]);
            if (start == target)
            {
                _registers[register].Writers.Add(i);
            }
            else
            {
                read.Add(register);
                _registers[register] = (_registers[register].Reads + 1, _registers[register].Writers);
            }
        }
    }

    /// <summary>Where the register is that a line computes; -1 where it does something else.</summary>
    private static int Target(string line)
    {
        int end = line.IndexOfAny(['.', '\t'], Math.Min(1, line.Length));
        int target = line.IndexOf("\t%", StringComparison.Ordinal);
        bool isPure = target > 0 && end > 0
            && (s_pure.Contains(line[1..end]) || line.StartsWith("\tld.param", StringComparison.Ordinal));
        return isPure ? target + 1 : -1;
    }

    private int Number(string register)
    {
        if (!_numbers.TryGetValue(register, out int number))
        {
            _numbers[register] = number = _registers.Count;
            _registers.Add((0, []));
        }

        return number;
    }

    private void RemoveUnread()
    {
        Stack<int> unread = new(Enumerable.Range(0, _registers.Count).Where(r => _registers[r].Reads == 0));
        while (unread.TryPop(out int register))
        {
            foreach (int line in _registers[register].Writers)
            {
                _lines[line] = null!;
                foreach (int read in _read[line])
                {
                    (int reads, List<int> writers) = _registers[read];
                    _registers[read] = (reads - 1, writers);
                    if (reads == 1)
                    {
                        unread.Push(read);
                    }
                }
            }
        }
    }
}
