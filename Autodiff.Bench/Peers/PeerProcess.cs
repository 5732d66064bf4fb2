using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Autodiff.Bench.Compare;

namespace Autodiff.Bench.Peers;

/// <summary>
/// A process that stays and does workloads on request. Peers/pytorch_peer.py says what is asked and answered, a line
/// each.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(Process process, string description)
    {
        _process = process;
        Description = description;
    }

    /// <summary>Its version and how it was built.</summary>
    public string Description { get; }

    /// <summary>The process once it has said who it is; null where it was not started or ended instead.</summary>
    public static PeerProcess? Of(Process? process)
    {
        if (process?.StandardOutput.ReadLine() is { } line && line.StartsWith('{'))
        {
            using JsonDocument ready = JsonDocument.Parse(line);
            return new(process, ready.RootElement.GetProperty("description").GetString()!);
        }

        process?.Dispose();
        return null;
    }

    /// <summary>Starts a peer whose libraries use so many threads; null where there is no such program.</summary>
    /// <param name="start">The program and its arguments.</param>
    /// <param name="threads">How many threads it may use.</param>
    /// <param name="coreType">Which processor's kernels its OpenBLAS takes; null for its own choice.</param>
    public static Process? Launch(ProcessStartInfo start, int threads, string? coreType)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        string count = threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["OMP_NUM_THREADS"] = count;
        start.Environment["OPENBLAS_NUM_THREADS"] = count;
        start.Environment[OpenBlas.TimeoutVariable] = OpenBlas.ThreadTimeout;

        // OpenBLAS in this process has set the variable, which a child inherits.
        start.Environment.Remove(OpenBlas.CoreTypeVariable);
        if (coreType is not null)
        {
            start.Environment[OpenBlas.CoreTypeVariable] = coreType;
        }

        try
        {
            Process process = Process.Start(start)!;
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            return process;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Whether the process can do a workload here.</summary>
    public bool Can(string workload) => Seconds(workload, 1) is not null;

    /// <summary>The contender that does a workload of the process, or null where it can't.</summary>
    public Contender? ContenderIfAble(string workload) => Can(workload) ? Contender(workload) : null;

    /// <summary>The contender that does a workload of the process.</summary>
    public Contender Contender(string workload) => new(iterations => Seconds(workload, iterations)
        ?? throw new InvalidOperationException($"{Description} can't do {workload} here."));

    /// <summary>The numbers by which a workload's results are compared.</summary>
    public double[] Results(string workload)
    {
        using JsonDocument answer = Ask(workload, 1);
        return [.. answer.RootElement[0].GetProperty("results").EnumerateArray().Select(value => value.GetDouble())];
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private double? Seconds(string workload, int iterations)
    {
        using JsonDocument answer = Ask(workload, iterations);
        JsonElement seconds = answer.RootElement[0].GetProperty("seconds");
        return seconds.ValueKind == JsonValueKind.Null ? null : seconds.GetDouble();
    }

    private JsonDocument Ask(string workload, int iterations)
    {
        string line = string.Create(CultureInfo.InvariantCulture,
            $"[{{\"workload\": \"{workload}\", \"iterations\": {iterations}}}]");
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        return JsonDocument.Parse(_process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"{Description} ended at the request {line}."));
    }
}
