namespace Autodiff.Steps;

/// <summary>
/// One call of a loop with everything settled: the operation's constants, addresses and how many elements.
/// </summary>
/// <remarks>
/// A replay walks over an array of these; what a command can't say so runs itself, and its instruction has no loop.
/// </remarks>
internal unsafe struct Instruction
{
    /// <summary>
    /// Takes the constants, the operands' addresses, the result's and a count; null where the command runs itself.
    /// </summary>
    public delegate*<void*, void**, void*, nint, void> Loop;

    public void* Op;

    /// <summary>The operands' addresses, one after the other: a loop gets the first one's place.</summary>
    public void* X0, X1, X2, X3;

    public void* Y;

    public nint Count;

    /// <summary>Sets operand <paramref name="k"/>.</summary>
    public void SetOperand(int k, void* address)
    {
        fixed (void** first = &X0)
        {
            first[k] = address;
        }
    }
}
