using System.Diagnostics;

namespace Autodiff.Tests;

/// <summary>
/// With AUTODIFF_RESTLESS_COLLECTOR=1 a thread collects garbage and waits for finalizers for as long as the tests run,
/// many hundred times a second: what is used after its last reference is gone is then given back as early as it ever
/// can be.
/// </summary>
[SetUpFixture]
public sealed class RestlessCollector
{
    private Thread? _thread;
    private volatile bool _stop;

    public static bool IsOn => Environment.GetEnvironmentVariable("AUTODIFF_RESTLESS_COLLECTOR") == "1";

    /// <summary>Whether it runs beside other work, as in `.ci/run`; `.ci/stress` runs it alone.</summary>
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
            long start = Stopwatch.GetTimestamp();
            GC.Collect(i % 64 == 0 ? 2 : i % 2, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
            LetTestsRun(Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>
    /// The tests stand while a collection runs, and where stopping them is slow they would come to next to nothing
    /// without a moment of their own: as long as the collection took, or a millisecond in which the core is left to
    /// other work, where there is some.
    /// </summary>
    private static void LetTestsRun(TimeSpan collection)
    {
        if (IsBrief)
        {
            Thread.Sleep(1);
            return;
        }

        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < collection)
        {
            Thread.SpinWait(20);
        }
    }
}
