using System.Globalization;
using System.Text;

namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>The text of a kernel, taken apart.</summary>
internal sealed class KernelBody
{
    private const string Opening = "\n{\n";

    /// <summary>All up to the brace, and what is declared behind it besides registers.</summary>
    private string _head = "", _declarations = "";

    /// <summary>Where the kernel begins.</summary>
    public Block Entry { get; } = new();

    public RegisterNames Registers { get; } = new();

    /// <summary>Reads a text; null where it has what ILGPU's kernels do not have.</summary>
    public static KernelBody? Parse(string text)
    {
        int start = text.IndexOf(Opening, StringComparison.Ordinal), end = text.LastIndexOf('}');
        if (start < 0)
        {
            return null;
        }

        KernelBody body = new() { _head = text[..(start + Opening.Length)] };
        return body.ReadLines(text[(start + Opening.Length)..end]) ? body : null;
    }

    private bool ReadLines(string text)
    {
        Dictionary<string, Block> labels = [];
        Block? block = Entry;
        foreach (string written in text.Split('\n'))
        {
            string line = written.Trim();
            if (line.Length == 0)
            {
                continue;
            }

            if (line[^1] == ':')
            {
                Block labelled = At(line[..^1]);
                block?.Next = labelled;
                block = labelled;
            }
            else if (line[0] == '.')
            {
                if (line.StartsWith(".reg", StringComparison.Ordinal))
                {
                    Registers.Declare(line);
                }
                else if (line.StartsWith(".shared", StringComparison.Ordinal))
                {
                    _declarations += written + "\n";
                }
                else
                {
                    return false;
                }
            }
            else if (line == "ret;")
            {
                block = null;
            }
            else if (line[0] == '@' || line.StartsWith("bra", StringComparison.Ordinal))
            {
                // @%p1 bra L1;
                block ??= new();
                string[] words = line.TrimEnd(';').Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                if (!words[^2].StartsWith("bra", StringComparison.Ordinal))
                {
                    return false;
                }

                if (words.Length == 2)
                {
                    block.Next = At(words[1]);
                    block = null;
                }
                else
                {
                    block.IsNegated = words[0][1] == '!';
                    block.Condition = Registers.Number(words[0].TrimStart('@', '!'));
                    block.Taken = At(words[2]);
                    block = block.Next = new();
                }
            }
            else if (Instruction.Parse(line, Registers) is { } instruction)
            {
                (block ??= new()).Body.Add(instruction);
            }
            else
            {
                return false;
            }
        }

        return true;

        Block At(string label) => labels.TryGetValue(label, out Block? known) ? known : labels[label] = new();
    }

    /// <summary>The text of blocks in their order.</summary>
    public string Write(List<Block> blocks)
    {
        StringBuilder text = new();
        _ = text.Append(_head).Append('\n').Append(_declarations).Append(_declarations.Length > 0 ? "\n" : "")
            .Append(Registers.Rename(blocks.SelectMany(static block => block.Body
                .SelectMany(static instruction => instruction.Registers)
                .Concat(block.Condition < 0 ? [] : [block.Condition])))).Append('\n');
        Dictionary<Block, string> labels = Labels(blocks);
        for (int i = 0; i < blocks.Count; i++)
        {
            Block block = blocks[i];
            if (labels.TryGetValue(block, out string? label))
            {
                _ = text.Append(CultureInfo.InvariantCulture, $"\n\t{label}:\n");
            }

            block.Body.ForEach(instruction => instruction.Write(text, Registers));
            Block? behind = i + 1 < blocks.Count ? blocks[i + 1] : null;
            if (block.Taken is { } taken)
            {
                bool negates = taken == behind;
                string not = block.IsNegated != negates ? "!" : "";
                _ = text.Append(CultureInfo.InvariantCulture,
                    $"\t@{not}{Registers.Name(block.Condition)} bra {labels[negates ? block.Next! : taken]};\n");
                if (negates)
                {
                    continue;
                }
            }

            if (block.Next is null)
            {
                _ = text.Append("\tret;\n");
            }
            else if (block.Next != behind)
            {
                _ = text.Append(CultureInfo.InvariantCulture, $"\tbra.uni {labels[block.Next]};\n");
            }
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>Names for the blocks that something jumps to.</summary>
    private static Dictionary<Block, string> Labels(List<Block> blocks)
    {
        HashSet<Block> targets = [];
        for (int i = 0; i < blocks.Count; i++)
        {
            Block? behind = i + 1 < blocks.Count ? blocks[i + 1] : null;
            targets.UnionWith(blocks[i].Followers.Where(next => next != behind));
        }

        Dictionary<Block, string> labels = [];
        foreach (Block block in blocks.Where(targets.Contains))
        {
            labels[block] = string.Create(CultureInfo.InvariantCulture, $"L{labels.Count}");
        }

        return labels;
    }
}
