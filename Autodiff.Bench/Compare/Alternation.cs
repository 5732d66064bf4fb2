namespace Autodiff.Bench.Compare;

/// <summary>
/// Alternates with another process that makes the same comparison with another build of the engine: <c>.ci/beside</c>
/// starts both, so that a machine whose speed changes from minute to minute changes it for both.
/// </summary>
/// <remarks>
/// <c>AUTODIFF_TURNS</c> names two pipes, <c>IN:OUT</c>, with <c>:first</c> for who begins. A byte read is a turn
/// taken, a byte written gives it on. Where the other process has ended, or there never was one, every turn is ours.
/// </remarks>
internal static class Alternation
{
    private static readonly FileStream? s_out;
    private static FileStream? s_in;
    private static bool s_isOurs;

    static Alternation()
    {
        if (Environment.GetEnvironmentVariable("AUTODIFF_TURNS")?.Split(':') is [string from, string to, .. var rest])
        {
            // Opened both ways, a pipe does not wait for its other end; opened for reading alone, it does.
            s_out = new(to, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            s_in = new(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            s_isOurs = rest is ["first"];
        }
    }

    /// <summary>Waits for our turn.</summary>
    public static void Take()
    {
        if (!s_isOurs && s_in is not null && s_in.ReadByte() < 0)
        {
            s_in.Dispose();
            s_in = null;
        }

        s_isOurs = true;
    }

    /// <summary>Ends our turn.</summary>
    public static void Give()
    {
        if (s_in is not null)
        {
            s_out!.WriteByte(1);
            s_isOurs = false;
        }
    }
}
