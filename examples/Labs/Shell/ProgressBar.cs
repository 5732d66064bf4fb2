using Spectre.Console;

namespace Labs.Shell;

/// <summary>The progress of a long part; disposing it takes the bar away.</summary>
internal sealed class ProgressBar(ProgressTask? task, CancellationToken cancellation) : IDisposable
{
    private long _drawnAt;
    private int _undrawn;

    /// <summary>Moves on by <paramref name="steps"/>.</summary>
    /// <exception cref="OperationCanceledException">The reader pressed Ctrl-C.</exception>
    public void Advance(int steps = 1)
    {
        cancellation.ThrowIfCancellationRequested();
        _undrawn += steps;

        // A training step may take a microsecond; the bar is told a few times a second.
        if (task is not null && Environment.TickCount64 - _drawnAt > 80)
        {
            task.Increment(_undrawn);
            (_undrawn, _drawnAt) = (0, Environment.TickCount64);
        }
    }

    public void Dispose()
    {
        if (task is not null)
        {
            task.Increment(_undrawn);
            task.StopTask();
        }
    }
}
