using Autodiff.Gpu.Driver;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Cuda;

/// <summary>What the engine says of drivers and devices that it cannot use, and of calls that fail.</summary>
[TestFixture]
public sealed class CudaDriverTests
{
    [Test]
    public void A_device_tells_its_name_memory_and_capability()
    {
        (string? reason, CudaDeviceInfo[] devices,
            _) = Autodiff.Cuda.Look(new EmulatedDriver(3UL << 30) { DeviceCount = 2 });
        Assert.That(reason, Is.Null);
        Assert.That(devices.Select(d => d.ToString()), Is.EqualTo(new[]
        {
            "cuda:0 Emulated A100, 3.0 GiB, compute capability 8.0",
            "cuda:1 Emulated A100, 3.0 GiB, compute capability 8.0",
        }));
    }

    [Test]
    public void A_driver_without_a_device_is_named_as_such() =>
        Assert.That(Autodiff.Cuda.Look(new EmulatedDriver { DeviceCount = 0 }).Reason, Does.Contain("no CUDA device"));

    [Test]
    public void An_old_driver_is_named_with_its_version() =>
        Assert.That(Autodiff.Cuda.Look(new EmulatedDriver { DriverVersion = 11020 }).Reason,
            Does.Contain("CUDA 11.2").And.Contain("11.4"));

    [Test]
    public void An_old_device_is_named_with_its_capability()
    {
        (string? reason, CudaDeviceInfo[] devices,
            _) = Autodiff.Cuda.Look(new EmulatedDriver { ComputeCapability = (7, 5) });
        Assert.That(reason, Does.Contain("compute capability 7.5").And.Contain("8.0"));
        Assert.That(() => Autodiff.Cuda.Require(reason, devices, 0),
            Throws.TypeOf<PlatformNotSupportedException>().With.Message.Contains("7.5"));
    }

    [Test]
    public void A_number_too_high_lists_what_is_there()
    {
        (string? reason, CudaDeviceInfo[] devices, _) = Autodiff.Cuda.Look(new EmulatedDriver());
        Assert.That(
            () => Autodiff.Cuda.Require(reason, devices, 3),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("Device.Cuda(3)")
                .And.Message.Contains("Emulated A100"));
    }

    [Test]
    public void Text_that_does_not_compile_gives_the_compilers_complaint()
    {
        CudaContext context = new(new EmulatedDriver(), 0);
        Assert.That(
            () =>
                context.Load("wrong",
                    ".visible .entry wrong()\n{\n  .reg .f32 f<1>;\n  nonsense.f32 f0, f0;\n  ret;\n}\n"),
            Throws.TypeOf<CudaException>().With.Message.Contains("Kernel wrong").And.Message.Contains("nonsense")
                .And.Property(nameof(CudaException.ErrorName)).EqualTo("CUDA_ERROR_INVALID_PTX"));
    }

    [Test]
    public void A_kernel_that_runs_wild_is_named_with_the_call_and_what_it_means()
    {
        CudaContext context = new(new EmulatedDriver(), 0);
        nint kernel = context.Load("wild", """
            .visible .entry wild(.param .u64 p0)
            {
              .reg .b64 d<1>;
              .reg .b32 r<1>;
              ld.param.u64 d0, [p0];
              mov.u32 r0, 7;
              st.global.u32 [d0], r0;
              ret;
            }
            """);
        Assert.That(
            () =>
            {
                KernelArguments arguments = new();
                arguments.Add(4096UL);
                context.Launch(kernel, (1, 1, 1), 1, ref arguments);
            },
            Throws.TypeOf<CudaException>().With.Message.Contains("cuLaunchKernel")
                .And.Message.Contains("CUDA_ERROR_ILLEGAL_ADDRESS").And.Message.Contains("started anew"));
    }

    [Test]
    public void Arguments_arrive_in_their_places_whatever_their_width()
    {
        CudaContext context = new(new EmulatedDriver(), 0);
        nint kernel = context.Load("store", """
            .visible .entry store(.param .u64 p0, .param .u32 p1, .param .f64 p2, .param .u64 p3)
            {
              .reg .b64 d<3>;
              .reg .b32 r<1>;
              ld.param.u64 d0, [p0];
              ld.param.u32 r0, [p1];
              ld.param.b64 d1, [p2];
              ld.param.b64 d2, [p3];
              st.global.u32 [d0], r0;
              st.global.b64 [d0+8], d1;
              st.global.b64 [d0+16], d2;
              ret;
            }
            """);
        ulong memory = context.Allocate(24);
        KernelArguments arguments = new();
        arguments.Add(memory);
        arguments.Add(-5);
        arguments.Add(2.5);
        arguments.Add(77L);
        context.Launch(kernel, (1, 1, 1), 1, ref arguments);
        byte[] bytes = new byte[24];
        context.Read(memory, bytes);
        Assert.That((BitConverter.ToInt32(bytes, 0), BitConverter.ToDouble(bytes, 8), BitConverter.ToInt64(bytes, 16)),
            Is.EqualTo((-5, 2.5, 77L)));
    }
}
