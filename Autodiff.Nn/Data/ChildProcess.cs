using System.Diagnostics;

namespace Autodiff.Nn;

/// <summary>How a program ended and what it wrote.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Error);

/// <summary>Runs a program in a folder until it ends; cancelling kills it.</summary>
internal delegate Task<ProcessResult> ProcessRunner(
    string program, IReadOnlyList<string> arguments, string folder, CancellationToken cancellationToken);

/// <summary>Runs programs for real.</summary>
internal static class ChildProcess
{
    /// <inheritdoc cref="ProcessRunner"/>
    /// <exception cref="System.ComponentModel.Win32Exception">The program is not there.</exception>
    public static async Task<ProcessResult> RunAsync(
        string program, IReadOnlyList<string> arguments, string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"'{program}' did not start.");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new ProcessResult(
            process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
    }
}
