using Autodiff.Backends.Cpu;

namespace Autodiff.Compilation;

/// <summary>What a thread records while a step is captured: the backend's calls, the memory they made, the gradients they left.</summary>
internal sealed class StepRecorder
{
    [ThreadStatic]
    private static StepRecorder? t_current;

    /// <summary>The recorder of this thread; null while nothing is captured (nearly always).</summary>
    public static StepRecorder? Current => t_current;

    public List<Command> Commands { get; } = [];

    /// <summary>Memory that the step itself made.</summary>
    public HashSet<Storage> Made { get; } = [];

    /// <summary>Leaves with the gradients that Backward gave them.</summary>
    public Dictionary<Tensor, Tensor> Gradients { get; } = [];

    /// <summary>Leaves whose gradient the step took away, and memory that it overwrote with one value: where a sum begins anew.</summary>
    public HashSet<object> Resets { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Why the step can't be replayed; null as long as it can.</summary>
    public string? Obstacle { get; private set; }

    /// <summary>Leaves whose gradient the step added to, with the gradient they had when it began; not those it had taken away before.</summary>
    public Dictionary<Tensor, Tensor?> Starts { get; } = [];

    public static StepRecorder Start()
    {
        RequireIdle();
        return t_current = new();
    }

    /// <summary>Refuses a compiled step inside another's capture: its replay would not be recorded.</summary>
    public static void RequireIdle()
    {
        if (t_current is not null)
        {
            throw new InvalidOperationException("CompiledStep: a step is being captured on this thread already; a compiled step can't run inside another.");
        }
    }

    /// <summary>Backward is about to add to the gradient of <paramref name="leaf"/>.</summary>
    public void NoteStart(Tensor leaf)
    {
        if (!Resets.Contains(leaf))
        {
            Starts.TryAdd(leaf, leaf.Grad);
        }
    }

    public static void Stop() => t_current = null;

    public void Add(Command command)
    {
        if (Obstacle is null)
        {
            Commands.Add(command);
        }
    }

    /// <summary>The step does something that a replay could not repeat.</summary>
    public void Refuse(string reason)
    {
        Obstacle ??= reason;
        Commands.Clear();
    }

    /// <summary>
    /// A step that adds to gradients without ever resetting them would, replayed, overwrite what it should add to.
    /// </summary>
    public void RequireResets()
    {
        foreach ((Tensor leaf, Tensor gradient) in Gradients)
        {
            if (!Resets.Contains(leaf) && !Resets.Contains(gradient.Storage))
            {
                Refuse($"the step adds to the gradient of {leaf.Describe()} without resetting it; call ZeroGrad() inside the step");
                return;
            }
        }
    }

    /// <summary>Runs host code now, unrecorded, and again at every replay.</summary>
    /// <param name="action">The code.</param>
    /// <param name="written">What it writes, if that was made by the step.</param>
    public static void Live(Action action, params Tensor[] written)
    {
        StepRecorder? recorder = t_current;
        t_current = null;
        try
        {
            action();
        }
        finally
        {
            t_current = recorder;
        }

        recorder?.Add(new LiveCommand(action, Array.ConvertAll(written, static t => t.View)));
    }

    /// <summary>
    /// Looks at values on the host to check them, or to decide something. A replay looks again, and stops where the
    /// decision would be another.
    /// </summary>
    public static T Look<T>(Tensor values, Func<Tensor, T> look)
    {
        StepRecorder? recorder = t_current;
        if (recorder is null)
        {
            return look(values);
        }

        t_current = null;
        T seen;
        try
        {
            seen = look(values);
        }
        finally
        {
            t_current = recorder;
        }

        recorder.Add(new LookCommand<T>(look, seen, values.View));
        return seen;
    }

    public void Note(CpuStorage storage) => Made.Add(storage);
}
