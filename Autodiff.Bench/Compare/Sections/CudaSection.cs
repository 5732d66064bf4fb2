using System.Diagnostics;
using Autodiff.Algebra;
using Autodiff.Bench.Peers;
using Autodiff.Devices;
using Autodiff.Gpu;
using Autodiff.Gpu.Driver;
using Autodiff.Operations;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// The CUDA backend on the first device: bandwidth, time per launch, matrix products, the lab network's step.
/// </summary>
internal static class CudaSection
{
    private const string Bandwidth = "CUDA: memory bandwidth, 64 Mi float32",
        Launches = "CUDA: the host's time for an operation";

    public static void Run(Comparison comparison)
    {
        if (!Cuda.IsAvailable)
        {
            comparison.Hints.Add($"No CUDA rows: {Cuda.UnavailableReason}.");
            return;
        }

        Device device = Device.Cuda();
        CudaBackend backend = (CudaBackend)device.Backend;
        comparison.Peers.Add(backend.Context.Info.ToString());
        using (Tensor.NoGrad())
        {
            CompareBandwidth(comparison, device, backend);
            CudaGemmSection.Run(comparison, device, backend);
        }

        using PeerProcess? torch = PyTorch.StartCuda();
        if (torch is null)
        {
            comparison.Hints.Add("PyTorch with CUDA is missing: `pip install torch`.");
        }
        else
        {
            comparison.Peers.Add(torch.Description);
        }

        CompareLaunches(comparison, device, backend, torch);
        CudaTrainingSection.Run(comparison, device, torch);
    }

    private static void CompareBandwidth(Comparison comparison, Device device, CudaBackend backend)
    {
        int count = comparison.Settings.IsQuick ? 1 << 22 : 1 << 26;
        using Tensor a = Tensor.Ones([count]).To(device), b = Tensor.Ones([count]).To(device),
            y = Tensor.Ones([count]).To(device);
        using Tensor sum = Tensor.Ones([]).To(device);
        TensorView av = a.View, bv = b.View, yv = y.View, sv = sum.View;
        CudaContext context = backend.Context;
        double?[] seconds = comparison.Kernels(1).Run(
            DeviceClock.Contender(context, () => backend.Map(default(Of2<Add>), [av, bv], yv, DType.Float32)),
            DeviceClock.Contender(context, () => backend.Map(default(Of1<Relu>), [av], yv, DType.Float32)),
            DeviceClock.Contender(context, () => backend.Reduce(Folds.Sum, av, sv, 1, DType.Float32)),
            DeviceClock.Contender(context, () =>
            {
                using MemoryUse use = MemoryUse.Begin();
                context.Copy(backend.Address(use, av), backend.Address(use, yv), (nuint)count * 4);
            }));
        double gigabyte = count * 4 / 1e9;
        double? copy = 2 * gigabyte / seconds[3];
        Add("Add: reads two arrays, writes one", 3 * gigabyte / seconds[0]);
        Add("Relu: reads one array, writes one", 2 * gigabyte / seconds[1]);
        Add("Sum: reads one array", gigabyte / seconds[2]);

        void Add(string name, double? ours) =>
            comparison.Add(Row.Of(Bandwidth, name, ours, copy, "the device's copy", "GB/s", Better.Higher, 1,
                goal: 0.9));
    }

    private static void CompareLaunches(Comparison comparison, Device device, CudaBackend backend, PeerProcess? torch)
    {
        using Tensor a = Tensor.Ones([1024]).To(device), b = Tensor.Ones([1024]).To(device),
            y = Tensor.Ones([1024]).To(device);
        TensorView av = a.View, bv = b.View, yv = y.View;
        double?[] seconds = comparison.Kernels(1).Run(
            OnHost(() => backend.Map(default(Of2<Add>), [av, bv], yv, DType.Float32)),
            OnHost(() => (a + b).Dispose()),
            torch?.ContenderIfAble("small-add"));
        comparison.Add(Row.Of(Launches, "a kernel's launch by the backend, 1024 elements", seconds[0] * 1e6, null, "",
            "µs", Better.Lower, 1));
        comparison.Add(Row.Of(Launches, "a + b, 1024 elements", seconds[1] * 1e6, seconds[2] * 1e6, "PyTorch", "µs",
            Better.Lower, 1));

        // Few enough that the queue of launches never fills, which would make the host wait for the device.
        Contender OnHost(Action work) => new(iterations =>
        {
            const int Most = 256;
            double spent = 0;
            for (int done = 0; done < iterations; done += Most)
            {
                backend.Context.Synchronize();
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < Math.Min(Most, iterations - done); i++)
                {
                    work();
                }

                spent += Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            return spent;
        });
    }
}
