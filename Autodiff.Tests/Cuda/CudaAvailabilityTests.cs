using System.Runtime.InteropServices;
using Autodiff.Gpu.Driver;

namespace Autodiff.Tests.Cuda;

/// <summary>What this machine offers, and what the engine says of it.</summary>
[TestFixture]
public sealed class CudaAvailabilityTests
{
    [Test]
    public void The_machine_either_has_a_device_or_the_reason_why_not()
    {
        TestContext.Out.WriteLine(Autodiff.Cuda.IsAvailable
            ? $"These tests run on {string.Join("; ", Autodiff.Cuda.Devices)}"
            : $"No GPU here: {Autodiff.Cuda.UnavailableReason}");
        if (Autodiff.Cuda.IsAvailable)
        {
            Assert.That(Device.Cuda(), Is.SameAs(Device.Cuda(0)));
        }
        else
        {
            Assert.That(
                () => Device.Cuda(),
                Throws.TypeOf<PlatformNotSupportedException>().With.Message.Contains(Autodiff.Cuda.UnavailableReason!)
                    .And.Message.Contains("Device.Cuda(0)"));
        }
    }

    [Test]
    public void Every_function_that_the_engine_calls_is_in_the_driver()
    {
        if (CudaNative.IsPresent)
        {
            Assert.That(() => Marshal.PrelinkAll(typeof(CudaNative)), Throws.Nothing);
        }
        else
        {
            Assert.That(Autodiff.Cuda.UnavailableReason,
                Does.Contain("no CUDA driver").And.Contain(CudaNative.FileName));
        }
    }
}
