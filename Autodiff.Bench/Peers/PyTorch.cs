using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Autodiff.Bench.Compare;

namespace Autodiff.Bench.Peers;

/// <summary>PyTorch in a Python process, which stays and does workloads of Peers/pytorch_peer.py on request.</summary>
internal sealed class PyTorch : IDisposable
{
    public const string Hint =
        "PyTorch is missing: `apt-get install python3-torch` (Debian, Ubuntu) or `pip install torch`.";

    private static readonly string[] Interpreters = ["python3", "/usr/bin/python3", "python"];
    private readonly Process _process;

    private PyTorch(Process process, string description)
    {
        _process = process;
        Description = description;
    }

    /// <summary>Its version and how it was built.</summary>
    public string Description { get; }

    private static string Script => Path.Combine(AppContext.BaseDirectory, "Peers", "pytorch_peer.py");

    private static string CudaScript => Path.Combine(AppContext.BaseDirectory, "Peers", "pytorch_cuda_peer.py");

    /// <summary>Starts the process; null where no Python has PyTorch.</summary>
    /// <param name="threads">How many threads it may use.</param>
    /// <param name="asInstalled">Leave its OpenBLAS the choice of kernels, which need not be the best.</param>
    public static PyTorch? Start(int threads, bool asInstalled = false) => Start(threads, asInstalled, Script);

    /// <summary>Starts the process for a CUDA device; null where no Python has PyTorch with CUDA.</summary>
    public static PyTorch? StartCuda() => Start(Environment.ProcessorCount, asInstalled: true, CudaScript);

    /// <summary>Whether the script can do a workload here.</summary>
    public bool Can(string workload) => Seconds(workload, 1) is not null;

    /// <summary>The contender that does a workload of the script, or null where it can't.</summary>
    public Contender? ContenderIfAble(string workload) => Can(workload) ? Contender(workload) : null;

    private static PyTorch? Start(int threads, bool asInstalled, string script)
    {
        foreach (string interpreter in Interpreters)
        {
            if (Launch(interpreter, threads, asInstalled, script) is { } process)
            {
                if (process.StandardOutput.ReadLine() is { } line && line.StartsWith('{'))
                {
                    using JsonDocument ready = JsonDocument.Parse(line);
                    return new(process, ready.RootElement.GetProperty("description").GetString()!);
                }

                process.Dispose();
            }
        }

        return null;
    }

    /// <summary>The contender that does a workload of the script.</summary>
    public Contender Contender(string workload) => new(iterations =>
        Seconds(workload, iterations) ?? throw new InvalidOperationException($"PyTorch can't do {workload} here."));

    /// <summary>
    /// The most memory, in bytes, that a process of its own held while it did a workload; null where there is no
    /// PyTorch.
    /// </summary>
    public static double? PeakMemory(string workload, int iterations, int threads)
    {
        foreach (string interpreter in Interpreters)
        {
            using Process? process = Launch(interpreter, threads, false, Script, "memory", workload,
                iterations.ToString(CultureInfo.InvariantCulture));
            string? answer = process?.StandardOutput.ReadToEnd();
            if (double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out double bytes))
            {
                return bytes;
            }
        }

        return null;
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
        string line = string.Create(CultureInfo.InvariantCulture,
            $"[{{\"workload\": \"{workload}\", \"iterations\": {iterations}}}]");
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"PyTorch ended at the request {line}.");
        using JsonDocument document = JsonDocument.Parse(answer);
        JsonElement seconds = document.RootElement[0].GetProperty("seconds");
        return seconds.ValueKind == JsonValueKind.Null ? null : seconds.GetDouble();
    }

    private static Process? Launch(string interpreter, int threads, bool asInstalled, params string[] arguments)
    {
        ProcessStartInfo start = new(interpreter, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string count = threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["OMP_NUM_THREADS"] = count;
        start.Environment["OPENBLAS_NUM_THREADS"] = count;
        start.Environment[OpenBlas.TimeoutVariable] = OpenBlas.ThreadTimeout;

        // OpenBLAS in this process has set the variable, which a child inherits.
        start.Environment.Remove(OpenBlas.CoreTypeVariable);
        if ((asInstalled ? OpenBlas.GivenCoreType : OpenBlas.CoreType) is { } type)
        {
            start.Environment[OpenBlas.CoreTypeVariable] = type;
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
            return null; // no such interpreter
        }
    }
}
