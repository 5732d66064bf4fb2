namespace Autodiff.Tests.Emulator.Execution;

/// <summary>A kernel did what a device would not let it, or what has no defined outcome.</summary>
internal sealed class KernelFault(string message, bool isAddress) : Exception(message)
{
    /// <summary>Whether an access to memory was wrong.</summary>
    public bool IsAddress { get; } = isAddress;
}
