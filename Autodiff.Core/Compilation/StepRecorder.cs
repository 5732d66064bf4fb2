namespace Autodiff.Compilation;

/// <summary>What a thread records while a step is captured: the backend's calls, the memory they made, the gradients they left.</summary>
internal sealed class StepRecorder
{
    [ThreadStatic]
    private static StepRecorder? t_current;

    /// <summary>How many threads capture: every operation asks, and a thread's own memory is slow to look into.</summary>
    private static int s_captures;

    /// <summary>Those that record now; a lock guards it and what each notes of other threads.</summary>
    private static readonly List<StepRecorder> s_active = [];

    [ThreadStatic]
    private static bool t_isUnrecorded;

    private readonly HashSet<Storage> _elsewhere = []; // memory that threads which don't record have made or changed since this one began to
    private bool _isWarm, _usesCpu;

    private StepRecorder(ReadOnlySpan<Tensor> slots) => Trace = new(slots);

    /// <summary>The recorder of this thread; null while nothing is captured (nearly always).</summary>
    public static StepRecorder? Current => IsAnywhere ? t_current : null;

    /// <summary>Whether any thread captures a step.</summary>
    public static bool IsAnywhere => s_captures != 0;

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

    /// <summary>The device that captures the step itself, once the step has asked it for anything; null for a step of the CPU.</summary>
    public IStepCapture? Capture { get; private set; }

    /// <summary>Whether the step ran eagerly this time because a device wants it to have run once before it captures.</summary>
    public bool WarmsUp { get; private set; }

    /// <summary>The step's calls, for a comparison with another recording.</summary>
    public StepTrace Trace { get; }

    /// <summary>What the step's course depends on.</summary>
    public StepConditions Conditions { get; } = new();

    /// <param name="isWarm">Whether the step has run before, so that a device has its kernels compiled.</param>
    /// <param name="slots">The tensors that stand for the inputs.</param>
    public static StepRecorder Start(bool isWarm, ReadOnlySpan<Tensor> slots)
    {
        RequireIdle();
        StepRecorder recorder = new(slots) { _isWarm = isWarm };
        lock (s_active)
        {
            s_active.Add(recorder);
            Volatile.Write(ref s_captures, s_active.Count);
        }

        return t_current = recorder;
    }

    /// <summary>Refuses a compiled step inside another's capture: its replay would not be recorded.</summary>
    public static void RequireIdle()
    {
        if (Current is not null)
        {
            ThrowBusy();
        }
    }

    private static void ThrowBusy() => throw new InvalidOperationException(
        "CompiledStep: a step is being captured on this thread already; a compiled step can't run inside another.");

    /// <summary>Backward is about to add to the gradient of <paramref name="leaf"/>.</summary>
    public void NoteStart(Tensor leaf)
    {
        if (!Resets.Contains(leaf))
        {
            Starts.TryAdd(leaf, leaf.Grad);
        }
    }

    /// <summary>Ends the recording; a step that failed midway has done what it did before.</summary>
    public static void Stop()
    {
        StepRecorder? recorder = t_current;
        t_current = null;
        lock (s_active)
        {
            s_active.Remove(recorder!);
            Volatile.Write(ref s_captures, s_active.Count);
        }

        recorder!.Trace.Seal();
        recorder.Capture?.EndSegment();
    }

    /// <summary>A call that the CPU made.</summary>
    public void Add(Command command)
    {
        _usesCpu = true;
        command.Describe(Trace);
        if (Capture is { } capture)
        {
            Refuse($"the step computes on {capture.Device} and on cpu; a captured one stays on one device");
        }
        else if (Obstacle is null)
        {
            Commands.Add(command);
        }
    }

    /// <summary>A device that captures by itself is about to be asked for something; from the first time on it captures, as long as nothing stands against it.</summary>
    /// <returns>The capture that goes on; null if the work is done as always.</returns>
    public IStepCapture? Join(ICapturingBackend backend)
    {
        if (Obstacle is null && Capture is null)
        {
            if (_usesCpu)
            {
                Refuse($"the step computes on cpu and on {backend.Device}; a captured one stays on one device");
            }
            else if (!_isWarm)
            {
                WarmsUp = true;
                Refuse("the step runs for the first time");
            }
            else
            {
                Capture = backend.NewCapture();
            }
        }
        else if (Obstacle is null && !ReferenceEquals(Capture!.Device, backend.Device))
        {
            Refuse($"the step computes on {Capture.Device} and on {backend.Device}; a captured one stays on one device");
        }

        if (Obstacle is not null)
        {
            return null;
        }

        Capture!.BeginSegment();
        if (Capture.Obstacle is { } obstacle)
        {
            Refuse(obstacle);
            return null;
        }

        return Capture;
    }

    /// <summary>The step does something that a replay could not repeat: what the device has noted so far is done now, the rest as it comes.</summary>
    public void Refuse(string reason)
    {
        Obstacle ??= reason;
        Commands.Clear();
        Capture?.EndSegment();
    }

    /// <summary>Lets the device do what it has noted so far, because the host needs it.</summary>
    public void EndSegment()
    {
        Command? segment = Capture?.EndSegment();
        if (Capture?.Obstacle is { } obstacle)
        {
            Refuse(obstacle);
        }
        else if (segment is not null && Obstacle is null)
        {
            Commands.Add(segment);
        }
    }

    /// <summary>Lets go of everything that was recorded, once a program has been made of it.</summary>
    public void Clear()
    {
        Commands.Clear();
        Made.Clear();
        Resets.Clear();
        Gradients.Clear();
        Starts.Clear();
        Capture = null;
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

    /// <summary>Notes memory that this thread has made or changed. Only to be called while a step is captured somewhere.</summary>
    public static void NoteWork(Storage storage)
    {
        if (t_current is null && !t_isUnrecorded)
        {
            lock (s_active)
            {
                foreach (StepRecorder recorder in s_active)
                {
                    recorder._elsewhere.Add(storage);
                }
            }
        }
    }

    /// <summary>Work that another thread did for the step isn't among its commands.</summary>
    public void RequireOneThread()
    {
        lock (s_active)
        {
            if (_elsewhere.Count == 0 || Obstacle is not null)
            {
                return;
            }

            IEnumerable<Storage> used = Commands.SelectMany(command => (TensorView[])[.. command.Reads, .. command.Writes]).Select(view => view.Storage);
            if (used.Concat(Capture?.Used.Keys ?? []).Any(_elsewhere.Contains))
            {
                Refuse("the step works with what another thread computed or changed meanwhile, which a replay would not repeat");
            }
        }
    }

    /// <summary>Runs host code now, unrecorded, and again at every replay.</summary>
    /// <param name="action">The code.</param>
    public static void Live(Action action) => Live(new LiveCommand(action), "host code", action);

    /// <summary>Runs a call now, with nothing in it recorded, and again at every replay.</summary>
    /// <param name="command">The call.</param>
    /// <param name="name">What it is.</param>
    /// <param name="constants">What it does besides that, to be compared with another recording.</param>
    public static void Live<TConstants>(Command command, string name, TConstants constants) where TConstants : notnull
    {
        Current?.Trace.Add(name, constants, command.Writes);
        foreach (TensorView view in command.Writes)
        {
            Join(view.Storage.Device);
        }

        Unrecorded(command.Run, () => command);
    }

    /// <summary>
    /// Looks at values on the host to check them, or to decide something. A replay looks again, and stops where the
    /// decision would be another.
    /// </summary>
    public static T Look<T>(Tensor values, Func<Tensor, T> look)
    {
        if (Current is null)
        {
            return look(values);
        }

        Join(values.Device);
        T seen = default!;
        StepRecorder? recorder = t_current;
        Unrecorded(() => seen = look(values), () => new LookCommand<T>(look, seen, values.View));
        recorder?.Trace.Add("a look at values", (object?)seen ?? "null", values.View);
        return seen;
    }

    private static void Join(Device device)
    {
        if (Current is { } recorder && device.Backend is ICapturingBackend backend)
        {
            recorder.Join(backend);
        }
    }

    private static void Unrecorded(Action run, Func<Command> command)
    {
        StepRecorder? recorder = t_current;
        recorder?.EndSegment();
        t_current = null;
        bool before = t_isUnrecorded;
        t_isUnrecorded = before || recorder is not null;
        try
        {
            run();
        }
        finally
        {
            t_current = recorder;
            t_isUnrecorded = before;
        }

        if (recorder is { Obstacle: null })
        {
            recorder.Commands.Add(command());
        }
    }

    /// <summary>The step has ended: what it returns and which gradients it leaves belong to what another recording must agree with.</summary>
    public void TraceResult(Tensor result)
    {
        foreach ((Tensor leaf, Tensor gradient) in Gradients)
        {
            Trace.Add("the gradient of a leaf", leaf, gradient.View);
        }

        Trace.Add("the result", 0, result.View);
    }

    /// <summary>The step made this memory.</summary>
    public void Note(Storage storage)
    {
        Made.Add(storage);
        Trace.Made(storage);
    }
}
