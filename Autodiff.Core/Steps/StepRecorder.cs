namespace Autodiff.Steps;

/// <summary>
/// What a thread records while a step is captured: the backend's calls, the memory they made, the gradients they left.
/// </summary>
internal sealed class StepRecorder
{
    // memory that threads which don't record have made or changed since this one began to
    private readonly HashSet<Storage> _elsewhere = [];
    // leaves whose gradient is another tensor, or none, since host code last saw it
    private readonly HashSet<Tensor> _moved = [];
    private readonly bool _isWarm;
    private bool _usesCpu;

    /// <param name="isWarm">Whether the step has run before, so that a device has its kernels compiled.</param>
    /// <param name="slots">The tensors that stand for the inputs.</param>
    public StepRecorder(bool isWarm, ReadOnlySpan<Tensor> slots) => (_isWarm, Trace) = (isWarm, new(slots));

    public List<Command> Commands { get; } = [];

    /// <summary>Memory that the step itself made.</summary>
    public HashSet<Storage> Made { get; } = [];

    /// <summary>Leaves with the gradients that Backward gave them.</summary>
    public Dictionary<Tensor, Tensor> Gradients { get; } = [];

    /// <summary>Leaves whose gradients the step sets or takes away.</summary>
    public HashSet<Tensor> Leaves { get; } = [];

    /// <summary>Memory of gradients that host code sees, or that the step leaves: it stays in its place.</summary>
    public HashSet<Storage> SeenGradients { get; } = [];

    /// <summary>
    /// What the step leaves of the gradients that it set or took away since host code last saw them.
    /// </summary>
    public (Tensor Leaf, Tensor? Gradient)[] Ends { get; private set; } = [];

    /// <summary>
    /// Leaves whose gradient the step took away, and memory that it overwrote with one value: where a sum begins anew.
    /// </summary>
    public HashSet<object> Resets { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Why the step can't be replayed; null as long as it can.</summary>
    public string? Obstacle { get; private set; }

    /// <summary>
    /// Leaves whose gradient the step added to or read, with the gradient they had when it began; not those it had
    /// taken away before.
    /// </summary>
    public Dictionary<Tensor, Tensor?> Starts { get; } = [];

    /// <summary>
    /// The device that captures the step itself, once the step has asked it for anything; null for a step of the CPU.
    /// </summary>
    public IStepCapture? Capture { get; private set; }

    /// <summary>
    /// Whether the step ran eagerly this time because a device wants it to have run once before it captures.
    /// </summary>
    public bool WarmsUp { get; private set; }

    /// <summary>The step's calls, for a comparison with another recording.</summary>
    public StepTrace Trace { get; }

    /// <summary>The memory that the step works with.</summary>
    private IEnumerable<Storage> Used => Commands.SelectMany(command => command.Operands.ToArray())
        .Select(view => view.Storage).Concat(Capture?.Used.Keys ?? []);

    /// <summary>What the step's course depends on.</summary>
    public StepConditions Conditions { get; } = new();

    /// <summary>The step reads the gradient of <paramref name="leaf"/>, or is about to add to it.</summary>
    public void NoteStart(Tensor leaf)
    {
        if (!Resets.Contains(leaf) && !IsOwn(leaf) && Starts.TryAdd(leaf, leaf.GradInside))
        {
            leaf.SetGrad(leaf.GradInside); // others can reach it now
        }
    }

    /// <summary>The step takes the gradient of <paramref name="leaf"/> away, or puts another in its place.</summary>
    public void NoteReset(Tensor leaf)
    {
        Resets.Add(leaf);
        NoteMove(leaf);
    }

    /// <summary>Backward has added to the gradient of <paramref name="leaf"/>.</summary>
    public void NoteGradient(Tensor leaf)
    {
        if (!IsOwn(leaf))
        {
            Gradients[leaf] = leaf.GradInside!;
            NoteMove(leaf);
        }
    }

    /// <summary>
    /// What the gradients are which the step has set or taken away since this was asked last: a replay sets them so
    /// before host code sees them.
    /// </summary>
    public (Tensor Leaf, Tensor? Gradient)[] TakeGradients()
    {
        (Tensor, Tensor?)[] taken = [.. _moved.Select(leaf => (leaf, leaf.GradInside))];
        foreach ((Tensor leaf, Tensor? gradient) in taken)
        {
            if (gradient is null)
            {
                Trace.Add("no gradient of a leaf", leaf);
            }
            else
            {
                SeenGradients.Add(gradient.Storage);
                Trace.Add("the gradient of a leaf", leaf, gradient.View);
            }
        }

        _moved.Clear();
        return taken;
    }

    /// <summary>
    /// A gradient that the step first adds to and then replaces would be another tensor after each run, which no
    /// program fits: one that an earlier run left takes the new values instead.
    /// </summary>
    /// <param name="isOurs">Whether an earlier run left this gradient of the leaf's.</param>
    public void KeepPlaces(Func<Tensor, Tensor, bool> isOurs)
    {
        foreach ((Tensor leaf, Tensor? start) in Starts)
        {
            if (start is not null && leaf.GradInside is { RequiresGrad: false } end && !ReferenceEquals(end, start)
                && Made.Contains(end.Storage) && isOurs(leaf, start))
            {
                start.Backend.Copy(end.View, start.View);
                start.Storage.Touch();
                leaf.SetGrad(start);
                NoteMove(leaf);
            }
        }
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

    /// <summary>
    /// A call to a device that captures by itself: its capture notes the work, the command only says what it is.
    /// </summary>
    public void Add(Command command, ICapturingBackend backend)
    {
        command.Describe(Trace);
        if (Join(backend) is { } capture)
        {
            foreach (TensorView view in command.Operands)
            {
                capture.Use(view.Storage);
            }
        }
    }

    /// <summary>Work of the host that a replay repeats as it is.</summary>
    public void AddHostWork(Command command)
    {
        command.Describe(Trace);
        if (Obstacle is null)
        {
            Commands.Add(command);
        }
    }

    /// <summary>
    /// The step is about to call a device that captures by itself; from the first call on the device captures, unless
    /// there is an obstacle.
    /// </summary>
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
            Refuse($"the step computes on {Capture.Device} and on {backend.Device}; a captured one stays on one "
                + "device");
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

    /// <summary>
    /// The step does something that a replay could not repeat: what the device has noted so far is done now, the rest
    /// as it comes.
    /// </summary>
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
        Leaves.Clear();
        SeenGradients.Clear();
        Starts.Clear();
        Ends = [];
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
                Refuse($"the step adds to the gradient of {leaf.Describe()} without resetting it; call ZeroGrad() "
                    + "inside the step");
                return;
            }
        }
    }

    /// <summary>
    /// A thread that doesn't record has made or changed this memory. Called under a lock, as
    /// <see cref="RequireOneThread"/> is.
    /// </summary>
    public void NoteElsewhere(Storage storage) => _elsewhere.Add(storage);

    /// <summary>Work that another thread did for the step isn't among its commands.</summary>
    public void RequireOneThread()
    {
        if (_elsewhere.Count > 0 && Obstacle is null)
        {
            if (Used.Any(_elsewhere.Contains))
            {
                Refuse("the step works with what another thread computed or changed meanwhile, which a replay would "
                    + "not repeat");
            }
        }
    }

    /// <summary>
    /// The step has ended: what it returns and which gradients it leaves belong to what another recording must agree
    /// with.
    /// </summary>
    public void TraceResult(Tensor result)
    {
        Ends = TakeGradients();
        Trace.Add("the result", 0, result.View);
    }

    /// <summary>
    /// A program will work with its surroundings' memory where it is: it depends on no tensor leaving that for other.
    /// </summary>
    public void DependOnMemory()
    {
        foreach (Storage storage in Used.Where(storage => !Made.Contains(storage)))
        {
            Conditions.Depend(storage, static storage => ((Storage)storage).Departures);
        }
    }

    /// <summary>The step made this memory.</summary>
    public void Note(Storage storage)
    {
        Made.Add(storage);
        Trace.Made(storage);
    }

    /// <summary>Whether the step made the tensor itself, so that nobody sees its gradient afterwards.</summary>
    public bool IsOwn(Tensor leaf) =>
        leaf.IsComputed || leaf.OwnMemory is { } memory && Made.Contains(memory);

    private void NoteMove(Tensor leaf)
    {
        if (!IsOwn(leaf))
        {
            _moved.Add(leaf);
            Leaves.Add(leaf);
        }
    }
}
