using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Autodiff.Bench.Compare;

namespace Autodiff.Bench.Peers;

/// <summary>PyTorch in a Python process, which stays and does workloads of Peers/pytorch_peer.py on request.</summary>
internal sealed class PyTorch : IDisposable
{
    public const string Hint = "PyTorch is missing: `apt-get install python3-torch` (Debian, Ubuntu) or `pip install torch`.";

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

    /// <summary>Starts the process; null where no Python has PyTorch.</summary>
    /// <param name="threads">How many threads it may use.</param>
    /// <param name="asInstalled">Leave its OpenBLAS the choice of kernels, which need not be the best.</param>
    public static PyTorch? Start(int threads, bool asInstalled = false)
    {
        foreach (string interpreter in Interpreters)
        {
            if (Launch(interpreter, threads, asInstalled, Script) is { } process)
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
    public Contender Contender(string workload) => new(iterations => Request(
        string.Create(CultureInfo.InvariantCulture, $"[{{\"workload\": \"{workload}\", \"iterations\": {iterations}}}]"), "seconds"));

    /// <summary>The most memory, in bytes, that a process of its own held while it did a workload; null where there is no PyTorch.</summary>
    public static double? PeakMemory(string workload, int iterations, int threads)
    {
        foreach (string interpreter in Interpreters)
        {
            using Process? process = Launch(interpreter, threads, false, Script, "memory", workload, iterations.ToString(CultureInfo.InvariantCulture));
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

    private double Request(string line, string property)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"PyTorch ended at the request {line}.");
        using JsonDocument document = JsonDocument.Parse(answer);
        return document.RootElement[0].GetProperty(property).GetDouble();
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
        if (!asInstalled && OpenBlas.CoreType is { } type)
        {
            start.Environment["OPENBLAS_CORETYPE"] = type;
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
