using System.Diagnostics;
using Autodiff.Gpu.Driver;

namespace Autodiff.Tests.Emulator;

/// <content>Streams, events, and graphs: a graph is the list of what was noted while its stream was captured.</content>
internal sealed unsafe partial class EmulatedDriver
{
    /// <summary>The default stream exists without being created.</summary>
    private readonly Stream _defaultStream = new();

    public CudaResult StreamCreate(out nint stream)
    {
        using Lock.Scope scope = _lock.EnterScope();
        stream = Handle(new Stream());
        return Current();
    }

    public CudaResult StreamDestroy(nint stream) => Remove<Stream>(stream);

    public CudaResult StreamSynchronize(nint stream) => Idle(stream);

    public CudaResult StreamWaitEvent(nint stream, nint @event)
    {
        using Lock.Scope scope = _lock.EnterScope();
        return FindStream(stream) is null
            ? NoSuch("stream")
            : Find<Event>(@event) is null ? NoSuch("event") : CudaResult.Success;
    }

    public CudaResult EventCreate(out nint @event)
    {
        using Lock.Scope scope = _lock.EnterScope();
        @event = Handle(new Event());
        return Current();
    }

    public CudaResult EventDestroy(nint @event) => Remove<Event>(@event);

    public CudaResult EventRecord(nint @event, nint stream)
    {
        using Lock.Scope scope = _lock.EnterScope();
        if (Find<Event>(@event) is not { } found)
        {
            return NoSuch("event");
        }

        return Work(stream, () =>
        {
            found.Time = Stopwatch.GetTimestamp();
            return CudaResult.Success;
        });
    }

    public CudaResult EventQuery(nint @event) => Recorded(@event);

    public CudaResult EventSynchronize(nint @event) => Recorded(@event);

    public CudaResult EventElapsedTime(out float milliseconds, nint start, nint end)
    {
        milliseconds = 0;
        using Lock.Scope scope = _lock.EnterScope();
        if (Find<Event>(start) is not { Time: { } from } || Find<Event>(end) is not { Time: { } to })
        {
            return Fail(CudaResult.InvalidHandle, "An event was not recorded.");
        }

        milliseconds = (float)Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
        return CudaResult.Success;
    }

    public CudaResult StreamBeginCapture(nint stream)
    {
        using Lock.Scope scope = _lock.EnterScope();
        if (FindStream(stream) is not { } found)
        {
            return NoSuch("stream");
        }

        if (found.Notes is not null || found == _defaultStream)
        {
            return Fail(CaptureUnsupported, "The stream is captured already, or is the default one.");
        }

        found.Notes = [];
        return CudaResult.Success;
    }

    public CudaResult StreamEndCapture(nint stream, out nint graph)
    {
        graph = 0;
        using Lock.Scope scope = _lock.EnterScope();
        if (FindStream(stream) is not { Notes: { } notes } found)
        {
            return Fail(CudaResult.InvalidValue, "The stream is not captured.");
        }

        found.Notes = null;
        graph = Handle(new Graph([.. notes]));
        return CudaResult.Success;
    }

    public CudaResult GraphInstantiate(out nint executable, nint graph)
    {
        executable = 0;
        using Lock.Scope scope = _lock.EnterScope();
        if (Find<Graph>(graph) is not { } found)
        {
            return NoSuch("graph");
        }

        executable = Handle(new ExecutableGraph(found.Work));
        return CudaResult.Success;
    }

    public CudaResult GraphLaunch(nint executable, nint stream)
    {
        using Lock.Scope scope = _lock.EnterScope();
        if (Find<ExecutableGraph>(executable) is not { } found)
        {
            return NoSuch("executable graph");
        }

        return Work(stream, () =>
        {
            foreach (Func<CudaResult> step in found.Work)
            {
                if (step() is var result and not CudaResult.Success)
                {
                    return result;
                }
            }

            return CudaResult.Success;
        });
    }

    public CudaResult GraphExecDestroy(nint executable) => Remove<ExecutableGraph>(executable);

    public CudaResult GraphDestroy(nint graph) => Remove<Graph>(graph);

    private Stream? FindStream(nint stream) => stream == 0 ? _defaultStream : Find<Stream>(stream);

    private CudaResult Idle(nint stream)
    {
        using Lock.Scope scope = _lock.EnterScope();
        return FindStream(stream) is not { } found ? NoSuch("stream")
            : found.Notes is not null ? Fail(CaptureUnsupported, "A stream that is captured cannot be waited for.")
            : Current();
    }

    private CudaResult Recorded(nint @event)
    {
        using Lock.Scope scope = _lock.EnterScope();
        return Find<Event>(@event) is null ? NoSuch("event") : CudaResult.Success;
    }

    // Does the work, or notes it for a graph.
    private CudaResult Work(nint stream, Func<CudaResult> work)
    {
        if (Current() is var result and not CudaResult.Success)
        {
            return result;
        }

        if (FindStream(stream) is not { } found)
        {
            return NoSuch("stream");
        }

        if (found.Notes is { } notes)
        {
            notes.Add(work);
            return CudaResult.Success;
        }

        return work();
    }

    private sealed class Stream
    {
        /// <summary>What was asked since the capture began; null while there is none.</summary>
        public List<Func<CudaResult>>? Notes { get; set; }
    }

    private sealed class Event
    {
        public long? Time { get; set; }
    }

    private sealed record Graph(IReadOnlyList<Func<CudaResult>> Work);

    private sealed record ExecutableGraph(IReadOnlyList<Func<CudaResult>> Work);
}
