using System.Diagnostics;

namespace Autodiff;

/// <summary>
/// Tells a thread that is just starting from one that takes up work of another context. .NET hands its starter's
/// execution context to a new <see cref="Thread"/> too, but such a thread begins with default settings, as PyTorch's
/// do.
/// </summary>
internal static class StartingThread
{
    [ThreadStatic]
    private static bool t_hasStarted;

    /// <summary>
    /// Whether the current thread has not yet reached the code it was started for. Asked when its context changes.
    /// </summary>
    public static bool IsCurrent()
    {
        if (t_hasStarted || Thread.CurrentThread.IsThreadPoolThread || Task.CurrentId is not null)
        {
            return false;
        }

        // Threads of one's own only, and once: when the context is handed over at the start, nothing but the runtime's
        // own start is below us; a continuation or a dispatched call has its scheduler there.
        foreach (StackFrame frame in new StackTrace(fNeedFileInfo: false).GetFrames())
        {
            DiagnosticMethodInfo? method = DiagnosticMethodInfo.Create(frame);
            if (method is null || !IsOfAStart(method.DeclaringTypeName ?? ""))
            {
                t_hasStarted = true;
                return false;
            }
        }

        return true;
    }

    private static bool IsOfAStart(string type) =>
        type == typeof(StartingThread).FullName
        || type.StartsWith("Autodiff.FlowingSetting", StringComparison.Ordinal)
        || type.StartsWith("System.Threading.AsyncLocal", StringComparison.Ordinal)
        || type == "System.Threading.ExecutionContext"
        || type == "System.Threading.Thread"
        || type.StartsWith("System.Threading.Thread+", StringComparison.Ordinal);
}
