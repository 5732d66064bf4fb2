using Autodiff.Devices;

namespace Autodiff.Steps;

/// <summary>
/// What a captured step is told. <see cref="BackendCalls"/> puts the recorder in the backend's place; the other members
/// are for what is no call of a backend: memory that was changed, gradients of leaves, settings, host reads and their
/// guards, host code.
/// </summary>
/// <remarks>While no thread captures a step (nearly always), each of them is one test of a static field.</remarks>
internal static class StepRecording
{
    [ThreadStatic]
    private static StepRecorder? t_current;

    /// <summary>
    /// Whether the thread runs a captured step's host code, which replays repeat: its work is no work of another
    /// thread.
    /// </summary>
    [ThreadStatic]
    private static bool t_isUnrecorded;

    /// <summary>
    /// How many threads capture: every operation reads it, since thread-static access is slow.
    /// </summary>
    private static int s_captures;

    /// <summary>Those that record now; a lock guards it and what each notes of other threads.</summary>
    private static readonly List<StepRecorder> s_active = [];

    /// <summary>Whether any thread captures a step.</summary>
    public static bool IsAnywhere => s_captures != 0;

    /// <summary>Whether this thread captures a step.</summary>
    public static bool IsHere => Current is not null;

    private static StepRecorder? Current => IsAnywhere ? t_current : null;

    /// <summary>
    /// Who is to be called instead of <paramref name="backend"/> while some thread captures a step: on that thread its
    /// recorder.
    /// </summary>
    public static IBackend Instead(IBackend backend) =>
        t_current is { } recorder ? new RecordingBackend(recorder, backend) : backend;

    /// <summary>Notes memory that this thread made or changed.</summary>
    public static void Changed(Storage storage)
    {
        if (IsAnywhere)
        {
            NoteWork(storage);
        }
    }

    /// <summary>The step does what a replay could not repeat.</summary>
    public static void Refuse(string reason) => Current?.Refuse(reason);

    /// <summary>
    /// The step looked at a setting (<see cref="StepConditions.Depend(object, Func{object, long})"/>).
    /// </summary>
    public static void Depend(object owner, Func<object, long> read) => Current?.Conditions.Depend(owner, read);

    /// <summary>The step computed with a leaf; one that it made itself is not its surroundings'.</summary>
    public static void Depend(Tensor leaf, Storage memory)
    {
        if (Current is { } recorder && !recorder.Made.Contains(memory))
        {
            recorder.Conditions.Depend(leaf, Tensor.SettingOfGrad);
            recorder.Conditions.Depend(leaf, static leaf => ((Tensor)leaf).HookCount);
        }
    }

    /// <summary>The step decides a setting itself (<see cref="StepConditions.Settle"/>).</summary>
    public static void Settle(object owner, Func<object, long> read)
    {
        if (Current is { } recorder && !(owner is Tensor leaf && recorder.IsOwn(leaf)))
        {
            recorder.Conditions.Settle(owner, read);
        }
    }

    /// <summary>The step sets the gradient of <paramref name="leaf"/>, usually to null.</summary>
    public static void ResetGradient(Tensor leaf) => Current?.NoteReset(leaf);

    /// <summary>The step reads which tensor the gradient of <paramref name="leaf"/> is.</summary>
    public static void ReadGradient(Tensor leaf) => Current?.NoteStart(leaf);

    /// <summary>Backward is about to add to the gradient of <paramref name="leaf"/>.</summary>
    public static void BeforeGradient(Tensor leaf)
    {
        if (IsAnywhere)
        {
            t_current?.NoteStart(leaf);
            NoteWork(leaf.Storage); // its gradient comes from this thread
        }
    }

    /// <summary>Backward has added to the gradient of <paramref name="leaf"/>.</summary>
    public static void AfterGradient(Tensor leaf) => Current?.NoteGradient(leaf);

    /// <summary>Runs host code now, unrecorded, and again at every replay.</summary>
    /// <param name="action">The code.</param>
    public static void Live(Action action) => Live(new LiveCommand(action, Current?.TakeGradients() ?? []));

    /// <summary>Runs a call now, with nothing in it recorded, and again at every replay.</summary>
    /// <param name="command">The call.</param>
    public static void Live(Command command)
    {
        foreach (TensorView view in command.Operands)
        {
            Join(view.Storage);
        }

        Unrecorded(command.Run, () => command);
    }

    /// <summary>Does now, and in no replay, what belongs to no step.</summary>
    public static void Outside(Action work) => Unrecorded(work, command: null);

    /// <summary>
    /// A host read of values to check them or to decide something: a guard, which a replay evaluates again, and stops
    /// where the decision would be another.
    /// </summary>
    public static T Look<T>(Tensor values, Func<Tensor, T> look)
    {
        if (Current is null)
        {
            return look(values);
        }

        Join(values.Storage);
        T seen = default!;
        Unrecorded(() => seen = look(values), () => new LookCommand<T>(look, seen, values.View));
        return seen;
    }

    /// <param name="isWarm">Whether the step has run before, so that a device has its kernels compiled.</param>
    /// <param name="slots">The tensors that stand for the inputs.</param>
    public static StepRecorder Start(bool isWarm, ReadOnlySpan<Tensor> slots)
    {
        RequireIdle();
        StepRecorder recorder = new(isWarm, slots);
        lock (s_active)
        {
            s_active.Add(recorder);
            Volatile.Write(ref s_captures, s_active.Count);
        }

        return t_current = recorder;
    }

    /// <summary>Ends the recording; a step that failed midway has done what it did before.</summary>
    public static void Stop()
    {
        StepRecorder recorder = t_current!;
        t_current = null;
        lock (s_active)
        {
            s_active.Remove(recorder);
            Volatile.Write(ref s_captures, s_active.Count);
        }

        recorder.Trace.Seal();
        recorder.Capture?.EndSegment();
    }

    /// <summary>Refuses a compiled step inside another's capture: its replay would not be recorded.</summary>
    public static void RequireIdle()
    {
        if (Current is not null)
        {
            ThrowBusy();
        }
    }

    /// <summary>Work that another thread did for the step isn't among its commands.</summary>
    public static void RequireOneThread(StepRecorder recorder)
    {
        lock (s_active)
        {
            recorder.RequireOneThread();
        }
    }

    private static void ThrowBusy() => throw new InvalidOperationException(
        "CompiledStep: a step is being captured on this thread already; a compiled step can't run inside another.");

    private static void NoteWork(Storage storage)
    {
        if (t_current is null && !t_isUnrecorded)
        {
            lock (s_active)
            {
                foreach (StepRecorder recorder in s_active)
                {
                    recorder.NoteElsewhere(storage);
                }
            }
        }
    }

    /// <summary>Host code is about to work with this memory; its version is noted before it may change it.</summary>
    private static void Join(Storage storage)
    {
        if (Current is { } recorder && storage.Device.Backend is ICapturingBackend backend)
        {
            recorder.Join(backend)?.Use(storage);
        }
    }

    private static void Unrecorded(Action run, Func<Command>? command)
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

        if (command is not null)
        {
            recorder?.AddHostWork(command());
        }
    }
}
