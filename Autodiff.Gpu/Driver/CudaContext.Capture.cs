using System.Collections.Concurrent;
using Autodiff.Gpu.Capture;

namespace Autodiff.Gpu.Driver;

/// <summary>The stream's work noted into graphs instead of being done.</summary>
internal sealed partial class CudaContext
{
    private readonly List<CudaArena> _arenas = [];
    private readonly ConcurrentQueue<object> _ended = [];
    private CudaArena? _arena;
    private nint _side;
    private int _noted;

    /// <summary>Whether this thread's work goes into a graph; while it does, other threads' calls wait.</summary>
    public bool IsCapturing => _gate.IsHeldByCurrentThread && _arena is not null;

    /// <summary>From here on this thread's work is noted, and memory comes from the arena; nothing if that is so already.</summary>
    public void BeginCapture(CudaArena arena)
    {
        if (IsCapturing)
        {
            return;
        }

        Entry entry = Enter(); // left in EndCapture
        CudaResult result = Driver.StreamBeginCapture(Stream);
        if (result != CudaResult.Success)
        {
            entry.Dispose();
            Check(result, "cuStreamBeginCapture");
        }

        _arena = arena;
        _noted = 0;
    }

    /// <summary>Ends what <see cref="BeginCapture"/> began, has the noted work done, and gives the graph to repeat it; 0 if there was none.</summary>
    public nint EndCapture(CudaArena arena)
    {
        if (!IsCapturing || !ReferenceEquals(_arena, arena))
        {
            return 0;
        }

        try
        {
            _arena = null;
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
        finally
        {
            _gate.Exit();
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

    /// <summary>Memory for an arena: asked for on another stream, since this one may be noting instead of doing.</summary>
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
        Count((long)bytes);
        return true;
    }

    private void End(object ended)
    {
        _ended.Enqueue(ended);
        if (_gate.TryEnter())
        {
            try
            {
                if (!IsCapturing)
                {
                    MakeCurrent();
                    GiveBack();
                }
            }
            finally
            {
                _gate.Exit();
            }
        }
    }

    /// <summary>What finalizers could not give back themselves.</summary>
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
