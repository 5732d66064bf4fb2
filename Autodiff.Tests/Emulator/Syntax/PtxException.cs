namespace Autodiff.Tests.Emulator.Syntax;

/// <summary>The text is not PTX that the interpreter knows: what is wrong, and in which line.</summary>
internal sealed class PtxException(int line, string message) : Exception($"line {line}: {message}")
{
    public int Line { get; } = line;
}
