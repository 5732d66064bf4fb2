using System.Text.RegularExpressions;
using Autodiff.Gpu.Compilation.Passes;

namespace Autodiff.Gpu.Compilation;

/// <summary>What ILGPU writes, as a driver is given it.</summary>
internal static partial class KernelText
{
    /// <summary>
    /// The text from its version on, with the entry under another name, labels counted from 0, and without the
    /// declarations of methods that have become instructions: nothing defines them, and nothing calls them. So a kernel
    /// has the same text in every process. Jumps on a condition promise nothing, an address that is a base and a
    /// distance is one instruction, and what nothing reads is not computed.
    /// </summary>
    /// <exception cref="NotSupportedException">The kernel calls a method, which then has no code for the
    /// device.</exception>
    public static string Of(string written, string name, string entry)
    {
        string text = Functions().Replace(written[written.IndexOf(".version", StringComparison.Ordinal)..], "");
        if (Call().Match(text) is { Success: true } call)
        {
            throw new NotSupportedException($"It calls {call.Groups[1].Value}, which has no code for the device.");
        }

        Dictionary<string, string> labels = [];
        text = Label().Replace(text, match => labels.TryGetValue(match.Value, out string? known) ? known
            : labels[match.Value] = $"L{labels.Count}");
        text = UniformJump().Replace(text, "$1bra");
        text = Address().Replace(text, "mad.wide.u32\t$4, $2, $3, $5;");
        text = Optimizer.Run(Parameter().Replace(text.ReplaceLineEndings("\n"), "arguments"));
        text = Blank().Replace(text, "\n\n");
        return text.Replace($".entry {name}(", $".entry {entry}(", StringComparison.Ordinal);
    }

    // A multiplication's target is free again behind the addition: ILGPU writes both for one address.
    [GeneratedRegex(
        @"mul\.wide\.u32\t(%rd\d+), (%r\d+), (\d+);\r?\n\tadd\.u64\t(%rd\d+), (%rd\d+), \1;")]
    private static partial Regex Address();

    // ILGPU takes the results of instructions that it does not know, ours, for the same in all threads, and promises
    // the driver that a jump by them is taken by all or none. It is not.
    [GeneratedRegex(@"(@!?%p\d+ )bra\.uni")]
    private static partial Regex UniformJump();

    [GeneratedRegex(@"\.visible \.func [\s\S]*?\)\s*\n(;|\{[\s\S]*?\n\}\n)")]
    private static partial Regex Functions();

    [GeneratedRegex(@"\bL_\d+")]
    private static partial Regex Label();

    [GeneratedRegex(@"(?<=[\s\[])_\w+_\d+(?=[\[\]+])")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex Blank();

    [GeneratedRegex(@"\bcall(?:\.uni)? (?:\(\w+\), )?(\w+)")]
    private static partial Regex Call();
}
