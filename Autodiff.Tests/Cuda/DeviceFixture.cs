namespace Autodiff.Tests.Cuda;

/// <summary>Tests that run on the device that the fixture names: tensors are made there.</summary>
[NonParallelizable]
public abstract class DeviceFixture(string device)
{
    [SetUp]
    public void ChooseDevice() => Device.Default = EmulatedCuda.ByName(device);

    [TearDown]
    public void RestoreDevice() => Device.Default = Device.Cpu;
}
