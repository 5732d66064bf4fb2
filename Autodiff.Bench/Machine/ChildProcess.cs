using System.Diagnostics;

namespace Autodiff.Bench.Machine;

/// <summary>This program once more, for what a process can do only once or that may end it.</summary>
internal static class ChildProcess
{
    /// <summary>What the child prints; nothing where it fails.</summary>
    public static string Answer(params ReadOnlySpan<string> arguments)
    {
        string program = Environment.ProcessPath!;
        List<string> all = [.. arguments];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            all.Insert(0,
                Path.Combine(AppContext.BaseDirectory, $"{typeof(ChildProcess).Assembly.GetName().Name}.dll"));
        }

        ProcessStartInfo start = new(program, all) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process child = Process.Start(start)!;
        child.ErrorDataReceived += static (_, _) => { };
        child.BeginErrorReadLine();
        string answer = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? answer : "";
    }
}
