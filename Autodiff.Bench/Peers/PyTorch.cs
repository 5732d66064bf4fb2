using System.Diagnostics;
using System.Globalization;

namespace Autodiff.Bench.Peers;

/// <summary>PyTorch in a Python process, which stays and does workloads of Peers/pytorch_peer.py on request.</summary>
internal static class PyTorch
{
    public const string Hint =
        "PyTorch is missing: `apt-get install python3-torch` (Debian, Ubuntu) or `pip install torch`.";

    private static readonly string[] Interpreters = ["python3", "/usr/bin/python3", "python"];

    private static string Script => Path.Combine(AppContext.BaseDirectory, "Peers", "pytorch_peer.py");

    private static string CudaScript => Path.Combine(AppContext.BaseDirectory, "Peers", "pytorch_cuda_peer.py");

    /// <summary>Starts the process; null where no Python has PyTorch.</summary>
    /// <param name="threads">How many threads it may use.</param>
    /// <param name="asInstalled">Leave its OpenBLAS the choice of kernels, which need not be the best.</param>
    public static PeerProcess? Start(int threads, bool asInstalled = false) => Start(threads, asInstalled, Script);

    /// <summary>Starts the process for a CUDA device; null where no Python has PyTorch with CUDA.</summary>
    public static PeerProcess? StartCuda() => Start(Environment.ProcessorCount, asInstalled: true, CudaScript);

    private static PeerProcess? Start(int threads, bool asInstalled, string script)
    {
        foreach (string interpreter in Interpreters)
        {
            if (PeerProcess.Of(Launch(interpreter, threads, asInstalled, script)) is { } peer)
            {
                return peer;
            }
        }

        return null;
    }

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

    private static Process? Launch(string interpreter, int threads, bool asInstalled, params string[] arguments) =>
        PeerProcess.Launch(
            new(interpreter, arguments), threads, asInstalled ? OpenBlas.GivenCoreType : OpenBlas.CoreType);
}
