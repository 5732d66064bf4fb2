using Autodiff.Steps;

namespace Autodiff;

/// <summary>
/// Finds the operation whose gradient first became NaN or infinite, as PyTorch's <c>autograd.detect_anomaly</c>.
/// </summary>
/// <remarks>
/// Each recorded operation then remembers where it was called, and Backward looks at every gradient: for debugging
/// only.
/// </remarks>
public static class AnomalyMode
{
    [ThreadStatic]
    private static bool t_enabled;

    /// <summary>Whether operations are watched here.</summary>
    public static bool IsEnabled => t_enabled;

    /// <summary>
    /// Watches operations until the scope is disposed: those of the code inside it, also after an <c>await</c> and in
    /// tasks begun there, as <see cref="GradMode"/> has it.
    /// </summary>
    public static IDisposable Enable() => Flow.Setting.Begin(true);

    private static class Flow
    {
        public static readonly FlowingSetting<bool> Setting = new(static (enabled, _) =>
        {
            t_enabled = enabled;
            CallSites.Keep(CallSites.ForAnomalies, enabled);
            StepConfiguration.Changed();
        });
    }
}

/// <summary>A gradient became NaN or infinite while <see cref="AnomalyMode"/> watched.</summary>
public sealed class AnomalyException : ArithmeticException
{
    /// <summary>An anomaly with no details.</summary>
    public AnomalyException()
    {
    }

    /// <summary>An anomaly described by <paramref name="message"/>.</summary>
    public AnomalyException(string message) : base(message)
    {
    }

    /// <summary>An anomaly with its cause.</summary>
    public AnomalyException(string message, Exception innerException) : base(message, innerException)
    {
    }

    internal AnomalyException(string operation, string? callSite, string message) : base(message)
    {
        Operation = operation;
        CallSite = callSite;
    }

    /// <summary>The operation whose rule gave the value.</summary>
    public string? Operation { get; }

    /// <summary>Where that operation was called in the forward pass.</summary>
    public string? CallSite { get; }
}
