namespace Autodiff.Tests;

/// <summary>
/// With AUTODIFF_RESTLESS_COLLECTOR=1 a thread collects garbage and waits for finalizers without a rest for as long as
/// the tests run: what is used after its last reference is gone is then given back as early as it ever can be.
/// </summary>
[SetUpFixture]
public sealed class RestlessCollector
{
    private Thread? _thread;
    private volatile bool _stop;

    public static bool IsOn => Environment.GetEnvironmentVariable("AUTODIFF_RESTLESS_COLLECTOR") == "1";

    /// <summary>Whether it runs beside other work, where what takes a minute is done in part.</summary>
    public static bool IsBrief => IsOn && !Browsers.Browser.HasEveryLook;

    [OneTimeSetUp]
    public void Start()
    {
        if (IsOn)
        {
            _thread = new(Run) { IsBackground = true, Name = "restless collector" };
            _thread.Start();
        }
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _stop = true;
        _thread?.Join();
        if (IsOn)
        {
            TestContext.Progress.WriteLine($"The restless collector collected {GC.CollectionCount(0)} times.");
        }
    }

    private void Run()
    {
        for (int i = 0; !_stop; i++)
        {
            // What was just forgotten is young; looking through everything that the tests keep each time would only
            // slow them down.
            GC.Collect(i % 64 == 0 ? 2 : i % 2, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
        }
    }
}
