using System.Runtime.CompilerServices;
using Autodiff.Cpu;
using Autodiff.Steps;

namespace Autodiff;

/// <summary>
/// A training step that is captured (forward, backward, optimizer) and then replayed on fresh data: no tape, no shape
/// arithmetic, no allocation; memory is planned ahead, chains of elementwise operations run together, and a relu is
/// done by the matrix product before it.
/// </summary>
/// <remarks>
/// <para>A replay makes the same calls of the same loops in the same order, so its results equal the eager step's bit
/// for bit (that on <see cref="Tensor.Contiguous"/> inputs: others are brought in order first). Large contiguous inputs
/// are read where they lie, small ones copied.</para>
/// <para>The step may use what it captures from its surroundings (a model, an optimizer, constants) and changes of
/// their contents are seen. So are <c>Train()</c> and <c>Eval()</c>, leaves that begin or cease to require grad, hooks
/// on them, modules that were moved or got another part, an optimizer's new groups, a scope of
/// <see cref="Tensor.NoGrad"/> around the run: the step is then captured again, and a program that fits once more is
/// used once more.</para>
/// <para>A number of C#, and a branch on one, is recorded with the value it has. The second run records the step again:
/// where the two recordings differ, the step runs eagerly, and <see cref="EagerReason"/> says which call. A number that
/// changes later is not noticed: give it to the step as an input, keep it in a tensor, or call <see cref="Invalidate"/>
/// after changing it. What the step does in C# alone (counting, logging) is done in those two runs only.</para>
/// <para>What can't be repeated is noticed, and the step then runs eagerly, with <see cref="EagerReason"/> saying why:
/// reading a value on the host (<c>Item()</c>, a mask's size), making a tensor from host data (pass it as an input),
/// keeping a tensor that the step made (update it in place instead), work of other threads, several devices in one
/// step. Inputs of other shapes are captured anew.</para>
/// <para>On a CUDA device the step runs eagerly the first time, is captured the second time and is then replayed as a
/// CUDA graph; where host code must run in it (an optimizer's step, a draw of random numbers, a check of indices), the
/// graph ends and another one goes on after it.</para>
/// <para>The result and the gradients stay in the same tensors; copy what you want to keep. Learning rates and
/// schedulers work as usual, since optimizers' own steps run as they are. One thread at a time.</para>
/// </remarks>
public sealed class CompiledStep : IDisposable
{
    private const int MostPrograms = 8, AnyCount = -1;

    private readonly Func<Tensor[], Tensor> _step;
    private readonly List<Captured> _programs = [];

    private readonly int _inputCount;
    private CompiledProgram? _latest;
    private StepConditions? _latestConditions;
    private int _version, _retries;
    private bool _isWarm, _isFull;
    private StepTrace? _warmTrace;

    private CompiledStep(Func<Tensor[], Tensor> step, int inputCount) => (_step, _inputCount) = (step, inputCount);

    /// <summary>
    /// A step without inputs, usually one whose data the step captures. It is captured at its first run.
    /// </summary>
    /// <param name="step">Gives the result, usually the loss.</param>
    public CompiledStep(Func<Tensor> step) : this(Checked<Func<Tensor[], Tensor>>(step, _ => step()), 0)
    {
    }

    /// <summary>A step of one input.</summary>
    /// <param name="step">From the input to the result.</param>
    public CompiledStep(Func<Tensor, Tensor> step)
        : this(Checked<Func<Tensor[], Tensor>>(step, inputs => step(inputs[0])), 1)
    {
    }

    /// <summary>A step of two inputs, usually a batch and its targets.</summary>
    /// <param name="step">From the inputs to the result.</param>
    public CompiledStep(Func<Tensor, Tensor, Tensor> step)
        : this(Checked<Func<Tensor[], Tensor>>(step, inputs => step(inputs[0], inputs[1])), 2)
    {
    }

    /// <summary>A step of any number of inputs.</summary>
    /// <param name="step">From the inputs to the result.</param>
    public static CompiledStep OfArray(Func<Tensor[], Tensor> step) => new(Checked(step, step), AnyCount);

    private static T Checked<T>(Delegate step, T wrapped)
    {
        ArgumentNullException.ThrowIfNull(step);
        return wrapped;
    }

    /// <summary>Why the step runs eagerly; null while it is (or will be) replayed.</summary>
    public string? EagerReason
    {
        get => field ?? (_isFull
            ? $"the step has its {MostPrograms} programs, and none fits: its inputs come in too many shapes, or a "
                + "gradient that it adds to or reads is another tensor each time; call ZeroGrad() first inside the step"
            : null);
        private set;
    }

    /// <summary>
    /// How many programs there are: one for each of the input shapes and configurations that have been captured.
    /// </summary>
    public int Captures => _programs.Count;

    /// <summary>How many calls of the backend a replay makes; 0 before the first capture.</summary>
    public int CommandCount => _programs.Count == 0 ? 0 : _programs[^1].Program.CommandCount;

    /// <summary>
    /// Runs the step: captured the first time for these shapes (on CUDA the second), recorded again the second time,
    /// replayed afterwards.
    /// </summary>
    /// <param name="inputs">The inputs; none may require grad.</param>
    /// <returns>The result, without history; the same tensor at every replay.</returns>
    /// <exception cref="ArgumentException">There are more or fewer inputs than the step takes.</exception>
    /// <exception cref="InvalidOperationException">Another step is being captured on this thread.</exception>
    /// <exception cref="ObjectDisposedException">A tensor that the captured step works with was disposed.</exception>
    public Tensor Run(params ReadOnlySpan<Tensor> inputs)
    {
        StepRecording.RequireIdle();
        if (inputs.Length != _inputCount && _inputCount != AnyCount)
        {
            throw new ArgumentException(
                $"CompiledStep: the step takes {_inputCount} inputs; {inputs.Length} were given.", nameof(inputs));
        }

        return _latest is { } latest && _latestConditions!.IsRecorded == GradMode.IsEnabled
            && (_version == StepConfiguration.Version || StillHolds())
            ? latest.RunIfFits(inputs) ?? Find(inputs)
            : Find(inputs);
    }

    /// <summary>
    /// Says that something has changed which the step depends on and a replay does not see, such as a number of C# that
    /// the step captured: the next run captures anew. Results and gradients that were handed out keep their values.
    /// </summary>
    public void Invalidate() => Reset();

    /// <summary>Forgets what was captured and why it could not be; the next run captures anew.</summary>
    public void Reset()
    {
        Forget();
        EagerReason = null;
        _retries = 0;
    }

    /// <summary>Lets go of the planned memory.</summary>
    public void Dispose() => Reset();

    private void Forget()
    {
        _programs.ForEach(captured => captured.Program.Dispose());
        _programs.Clear();
        (_latest, _latestConditions, _warmTrace, _isFull) = (null, null, null, false);
    }

    /// <summary>The configuration has changed; whether all that the latest program depends on is as it was.</summary>
    private bool StillHolds()
    {
        int version = StepConfiguration.Version;
        if (AnomalyMode.IsEnabled || !_latestConditions!.Hold())
        {
            return false;
        }

        _version = version;
        return true;
    }

    private Tensor Find(ReadOnlySpan<Tensor> inputs)
    {
        int version = StepConfiguration.Version;
        _isFull = false;
        if (AnomalyMode.IsEnabled)
        {
            return _step(inputs.ToArray()).Detach(); // gradients are to be looked at one by one
        }

        foreach (Captured captured in _programs)
        {
            if (captured.Conditions.Hold() && captured.Program.Fits(inputs))
            {
                if (captured.Trace is not null)
                {
                    return Confirm(captured, inputs);
                }

                (_latest, _latestConditions, _version) = (captured.Program, captured.Conditions, version);
                return captured.Program.Run(inputs);
            }
        }

        if (EagerReason is not null && _version != version && _retries < MostPrograms)
        {
            EagerReason = null; // what stood against it may be gone: evaluation reads no batch's figures, for example
            _retries++;
        }

        if (EagerReason is null && _programs.Count == MostPrograms
            && _programs.FindIndex(static captured => !captured.Conditions.Hold()) is >= 0 and int stale)
        {
            _programs[stale].Program.Dispose();
            _programs.RemoveAt(stale);
            _latest = null;
        }

        bool isFull = EagerReason is null && _programs.Count == MostPrograms;
        Tensor result = EagerReason is null && !isFull ? Capture(inputs) : _step(inputs.ToArray()).Detach();
        if (isFull)
        {
            (_isFull, _latest) = (true, null);
        }

        if (EagerReason is not null)
        {
            _version = StepConfiguration.Version;
        }

        return result;
    }

    /// <summary>
    /// Runs the step eagerly a second time and compares the two recordings. What differs between them a replay would
    /// not see.
    /// </summary>
    private Tensor Confirm(Captured captured, ReadOnlySpan<Tensor> inputs)
    {
        captured.Program.RequireMemory();
        Tensor result = Record(Slots(inputs), isWarm: false, out StepRecorder recorder, out _);
        string? difference = recorder.Obstacle is { } obstacle && !recorder.WarmsUp
            ? obstacle
            : captured.Trace!.DifferenceTo(recorder.Trace) is { } text
            ? $"{text}; give what changes to the step as an input, or keep it in a tensor that the step captures"
            : null;
        if (difference is not null)
        {
            Forget();
            EagerReason = difference;
            _version = StepConfiguration.Version;
            return result;
        }

        captured.Trace = null;
        return captured.Program.Adopt(result);
    }

    /// <summary>Copies of the inputs, where a program reads them from here on, whatever scope is open now.</summary>
    private static Tensor[] Slots(ReadOnlySpan<Tensor> inputs)
    {
        Tensor[] slots = new Tensor[inputs.Length];
        for (int i = 0; i < slots.Length; i++)
        {
            Tensor input = inputs[i];
            slots[i] = Tensor.Empty(input.Layout, input.DType, input.Device, isOwn: true);
            input.Backend.Copy(input.View, slots[i].View);
        }

        return slots;
    }

    private Tensor Capture(ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
        {
            bool captures = ReferenceEquals(input.Device, Device.Cpu) || input.Device.Backend is ICapturingBackend;
            if (!captures || input.RequiresGrad)
            {
                EagerReason = input.RequiresGrad
                    ? $"the input {input.Describe()} requires grad; let the step capture parameters instead of taking "
                        + "them as inputs"
                    : $"the input {input.Describe()} is on {input.Device}; only steps of the CPU and of CUDA devices "
                        + "are compiled";
                return _step(inputs.ToArray()).Detach();
            }
        }

        Tensor[] slots = Slots(inputs);
        Tensor result = Record(slots, _isWarm, out StepRecorder recorder, out WeakReference<Tensor> returned);
        if (recorder.WarmsUp)
        {
            (_isWarm, _warmTrace) = (true, recorder.Trace);
            return result;
        }

        if (recorder.Obstacle is { } obstacle)
        {
            EagerReason = obstacle;
            return result;
        }

        List<WeakReference<Storage>> inner = Compile(recorder, slots, result);
        if (Escaped(inner, returned) is { } kept)
        {
            EagerReason =
                $"the step keeps {kept} that it made, whose value a replay would not carry over; update one tensor in "
                    + "place (x -= ...) instead";
            _programs[^1].Program.Dispose();
            _programs.RemoveAt(_programs.Count - 1);
            return result;
        }

        foreach (WeakReference<Storage> reference in inner)
        {
            if (reference.TryGetTarget(out Storage? storage))
            {
                storage.Release();
            }
        }

        return result;
    }

    // In methods of their own, so that no local keeps the step's tensors alive while it is asked which ones survive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Tensor Record(Tensor[] slots, bool isWarm, out StepRecorder recorder, out WeakReference<Tensor> returned)
    {
        recorder = StepRecording.Start(isWarm, slots);
        try
        {
            Tensor result = _step(slots);
            returned = new(result);
            recorder.RequireResets();
            StepRecording.RequireOneThread(recorder);
            recorder.KeepPlaces((leaf, gradient) =>
                _programs.Exists(captured => captured.Program.Gradients.Leaves(leaf, gradient)));
            recorder.EndSegment();
            recorder.TraceResult(result);
            return result.Detach();
        }
        finally
        {
            StepRecording.Stop();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private List<WeakReference<Storage>> Compile(StepRecorder recorder, Tensor[] slots, Tensor result)
    {
        recorder.DependOnMemory();
        CompiledProgram program = recorder.Capture is null
            ? new StepProgram(recorder, slots, result)
            : new CapturedProgram(recorder, slots, result);
        // the run before was the first recording
        bool isKnown = _warmTrace is { } warm && warm.DifferenceTo(recorder.Trace) is null;
        _programs.Add(new(program, recorder.Conditions, isKnown ? null : recorder.Trace));
        HashSet<Storage> known = [result.Storage, .. recorder.SeenGradients];
        List<WeakReference<Storage>> inner = [.. recorder.Made.Where(storage => !known.Contains(storage))
            .Select(storage => new WeakReference<Storage>(storage))];
        recorder.Clear();
        return inner;
    }

    /// <summary>What of a recording is still alive, in words; null if nothing is.</summary>
    private static string? Escaped(List<WeakReference<Storage>> inner, WeakReference<Tensor> returned)
    {
        // What was made a moment ago is young, and found dead without a look at the rest of the program's heap, unless
        // something old, perhaps dead too, leads to it.
        for (int generation = Oldest(inner); ; generation++)
        {
            GC.Collect(generation);
            string? survivor = Survivor(inner, returned);
            if (survivor is null || generation >= GC.MaxGeneration)
            {
                return survivor;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Oldest(List<WeakReference<Storage>> inner) => inner.Aggregate(0, static (oldest, reference) =>
        reference.TryGetTarget(out Storage? storage) ? Math.Max(oldest, GC.GetGeneration(storage)) : oldest);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? Survivor(List<WeakReference<Storage>> inner, WeakReference<Tensor> returned)
    {
        foreach (WeakReference<Storage> reference in inner)
        {
            if (reference.TryGetTarget(out Storage? storage) && !storage.IsReleased)
            {
                return $"a tensor of {storage.ByteLength} bytes";
            }
        }

        return returned.TryGetTarget(out Tensor? tensor) ? $"the tensor {tensor.Describe()}" : null;
    }

    /// <summary>A program, what it depends on, and its recording until another one has agreed with it.</summary>
    private sealed class Captured(CompiledProgram program, StepConditions conditions, StepTrace? trace)
    {
        public CompiledProgram Program { get; } = program;

        public StepConditions Conditions { get; } = conditions;

        public StepTrace? Trace { get; set; } = trace;
    }
}
