using Autodiff.Compilation;
using Autodiff.Gpu.Driver;

namespace Autodiff.Gpu.Capture;

/// <summary>A step that is being captured from the context's stream into graphs.</summary>
internal sealed class CudaCapture(Device device, CudaContext context) : IStepCapture
{
    private readonly CudaArena _arena = new(context);
    private readonly Dictionary<Storage, int> _used = [];
    private ArenaHold? _hold;

    public Device Device => device;

    public IReadOnlyDictionary<Storage, int> Used => _used;

    /// <summary>Notes that the step works with this memory.</summary>
    public void Use(Storage storage) => _used.TryAdd(storage, storage.Version);

    public string? Obstacle => _arena.IsInterrupted ? "another thread works on the device meanwhile, maybe for the step, which a replay would not repeat" : null;

    public void BeginSegment()
    {
        _hold ??= new(context, _arena);
        if (!_arena.IsInterrupted)
        {
            context.BeginCapture(_arena);
        }
    }

    public Command? EndSegment()
    {
        nint executable = context.EndCapture(_arena);
        return executable == 0 ? null : new GraphCommand(context, executable);
    }

    public Storage Alias(Storage made) => new CudaStorage((CudaStorage)made);

    public IDisposable HoldMemory(out long bytes)
    {
        bytes = (long)_arena.Bytes;
        return _hold ??= new(context, _arena);
    }

    /// <summary>Closes the arena when nobody can replay the step any more.</summary>
    private sealed class ArenaHold : IDisposable
    {
        private readonly CudaContext _context;
        private CudaArena? _arena;

        public ArenaHold(CudaContext context, CudaArena arena)
        {
            (_context, _arena) = (context, arena);
            context.Keep(arena);
        }

        ~ArenaHold() => Close();

        public void Dispose()
        {
            GC.SuppressFinalize(this);
            Close();
        }

        private void Close()
        {
            if (Interlocked.Exchange(ref _arena, null) is { } arena)
            {
                _context.Close(arena);
            }
        }
    }
}
