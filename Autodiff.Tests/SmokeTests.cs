namespace Autodiff.Tests;

public class SmokeTests
{
    [Test]
    public void The_runner_runs() => Assert.That(Environment.Version.Major, Is.GreaterThanOrEqualTo(10));
}
