using System.Diagnostics;

namespace Autodiff;

/// <summary>
/// Where operations are called, kept by their nodes where a scope asks for it. Looking at the stack is slow.
/// </summary>
internal static class CallSites
{
    /// <summary>Who asks.</summary>
    public const int ForAnomalies = 1, ForTape = 2;

    [ThreadStatic]
    private static int t_asked;

    /// <summary>A setting that flows, of <see cref="Tape.RecordCallSites"/>.</summary>
    public static readonly FlowingSetting<bool> OfTape = new(static (kept, _) => Keep(ForTape, kept));

    /// <summary>
    /// Whether nodes remember where they were made: one look for both who may ask, since every node looks.
    /// </summary>
    public static bool AreKept => t_asked != 0;

    /// <summary>Notes whether somebody asks on this thread.</summary>
    public static void Keep(int who, bool isAsked) => t_asked = isAsked ? t_asked | who : t_asked & ~who;

    /// <summary>The first caller outside the library.</summary>
    public static string Here()
    {
        foreach (StackFrame frame in new StackTrace(fNeedFileInfo: true).GetFrames())
        {
            // Trimming may leave a frame without its method; it is then described without a name.
            DiagnosticMethodInfo? method = DiagnosticMethodInfo.Create(frame);
            if (method?.DeclaringAssemblyName is { } assembly
                && (assembly.StartsWith("Autodiff.Core,", StringComparison.Ordinal)
                    || assembly.StartsWith("Autodiff.Nn,", StringComparison.Ordinal)))
            {
                continue;
            }

            string place = frame.GetFileName() is { } file ? $" in {file}:line {frame.GetFileLineNumber()}" : "";
            return $"{method?.DeclaringTypeName}.{method?.Name}{place}";
        }

        return "an unknown place";
    }
}
