using System.Collections.Concurrent;
using Autodiff.Gpu.Capture;

namespace Autodiff.Gpu.Driver;

/// <summary>Capturing the stream's work into graphs instead of running it.</summary>
internal sealed partial class CudaContext
{
    private readonly List<CudaArena> _arenas = [];
    private readonly ConcurrentQueue<object> _ended = [];
    private CudaArena? _arena;
    private int _captureThread;
    private nint _side;
    private int _noted;

    /// <summary>
    /// How long another thread's call waits for a capture to end by itself. One that the capturing thread waits for
    /// would wait for ever.
    /// </summary>
    internal TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether this thread's work goes into a graph.</summary>
    public bool IsCapturing => _arena is not null && _captureThread == Environment.CurrentManagedThreadId;

    /// <summary>
    /// From here on this thread's work is noted, and memory comes from the arena; nothing if that is so already.
    /// </summary>
    public void BeginCapture(CudaArena arena)
    {
        if (IsCapturing)
        {
            return;
        }

        using Entry entered = Enter();
        Check(Driver.StreamBeginCapture(Stream), "cuStreamBeginCapture");
        _captureThread = Environment.CurrentManagedThreadId;
        _arena = arena;
        _noted = 0;
    }

    /// <summary>
    /// Ends what <see cref="BeginCapture"/> began, has the noted work done, and gives the graph to repeat it; 0 if
    /// there was none.
    /// </summary>
    public nint EndCapture(CudaArena arena)
    {
        using Entry entered = Enter();
        return ReferenceEquals(_arena, arena) ? EndCapture() : 0;
    }

    private nint EndCapture()
    {
        _arena = null;
        Monitor.PulseAll(_gate);
        Check(Driver.StreamEndCapture(Stream, out nint graph), "cuStreamEndCapture");
        if (_noted == 0)
        {
            _ = Driver.GraphDestroy(graph);
            return 0;
        }

        CudaResult result = Driver.GraphInstantiate(out nint executable, graph);
        _ = Driver.GraphDestroy(graph);
        Check(result, "cuGraphInstantiateWithFlags");
        Check(Driver.GraphLaunch(executable, Stream), "cuGraphLaunch");
        return executable;
    }

    /// <summary>
    /// Waits until no other thread captures, so that this one's work gets into nobody's graph. If that takes long, the
    /// capture is ended here: its work is done, and the step runs eagerly from there on.
    /// </summary>
    private void AwaitCapture()
    {
        long start = Environment.TickCount64;
        while (_arena is { } arena && !IsCapturing)
        {
            TimeSpan left = Patience - TimeSpan.FromMilliseconds(Environment.TickCount64 - start);
            if (left <= TimeSpan.Zero)
            {
                arena.IsInterrupted = true;
                nint executable = EndCapture();
                if (executable != 0)
                {
                    _ = Driver.GraphExecDestroy(executable);
                }

                return;
            }

            Monitor.Wait(_gate, left);
        }
    }

    /// <summary>Does a graph's work once more.</summary>
    public void Launch(nint executable)
    {
        using Entry entered = Enter();
        Check(Driver.GraphLaunch(executable, Stream), "cuGraphLaunch");
    }

    /// <summary>Destroys a graph when the context is free for it; a launched one still runs to its end.</summary>
    public void Destroy(nint executable) => End(executable);

    /// <summary>Closes an arena when the context is free for it.</summary>
    public void Close(CudaArena arena) => End(arena);

    /// <summary>An arena whose memory tensors may give back.</summary>
    public void Keep(CudaArena arena)
    {
        using Entry entered = Enter();
        _arenas.Add(arena);
    }

    /// <summary>An arena that has no memory any more.</summary>
    public void Forget(CudaArena arena) => _arenas.Remove(arena);

    /// <summary>
    /// Memory for an arena: allocated on another stream, since this one may be capturing.
    /// </summary>
    public bool TryAllocateBlock(ulong bytes, out ulong address)
    {
        if (_side == 0)
        {
            Check(Driver.StreamCreate(out _side), "cuStreamCreate");
        }

        CudaResult result = Driver.MemAllocAsync(out address, (nuint)bytes, _side);
        if (result == CudaResult.OutOfMemory)
        {
            return false;
        }

        Check(result, "cuMemAllocAsync");
        Check(Driver.StreamSynchronize(_side), "cuStreamSynchronize");
        Live.Add((long)bytes);
        return true;
    }

    private void End(object ended)
    {
        _ended.Enqueue(ended);
        if (Monitor.TryEnter(_gate))
        {
            try
            {
                if (_arena is null)
                {
                    _ = TryMakeCurrent();
                    GiveBack();
                }
            }
            finally
            {
                Monitor.Exit(_gate);
            }
        }
    }

    /// <summary>What could not be given back at once.</summary>
    private void GiveBack()
    {
        while (_ended.TryDequeue(out object? ended))
        {
            if (ended is CudaArena arena)
            {
                arena.Close();
            }
            else
            {
                _ = Driver.GraphExecDestroy((nint)ended);
            }
        }

        while (_dead.TryDequeue(out (ulong Address, long Bytes) each))
        {
            FreeNow(each.Address, each.Bytes);
        }
    }
}
