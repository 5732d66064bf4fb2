namespace Autodiff.Tests.Cuda;

/// <summary>
/// Tests that run on the device that the fixture names: tensors are made there. Other threads' tests keep theirs, so
/// a fixture that touches nothing else of the process may be marked as parallelizable.
/// </summary>
public abstract class DeviceFixture(string device)
{
    private IDisposable? _scope;

    [SetUp]
    public void ChooseDevice() => _scope = Device.Use(EmulatedCuda.ByName(device));

    [TearDown]
    public void RestoreDevice() => _scope?.Dispose();
}
