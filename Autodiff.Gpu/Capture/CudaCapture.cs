using Autodiff.Devices;
using Autodiff.Gpu.Driver;
using Autodiff.Steps;

namespace Autodiff.Gpu.Capture;

/// <summary>A step that is being captured from the context's stream into graphs.</summary>
internal sealed class CudaCapture(Device device, CudaContext context) : IStepCapture
{
    private readonly CudaArena _arena = new(context);
    private readonly Dictionary<Storage, int> _used = [];
    private ArenaHold? _hold;

    public Device Device => device;

    public IReadOnlyDictionary<Storage, int> Used => _used;

    public void Use(Storage storage) => _used.TryAdd(storage, storage.Version);

    public string? Obstacle =>
        _arena.IsInterrupted
            ? "another thread works on the device meanwhile, maybe for the step, which a replay would not repeat"
            : null;

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

    public Storage Alias(Storage made) => new KernelStorage((KernelStorage)made);

    public IDisposable HoldMemory() => _hold ??= new(context, _arena);

    /// <summary>Closes the arena when nobody can replay the step any more.</summary>
    private sealed class ArenaHold : IDisposable
    {
        private readonly CudaContext _context;
        private OpenArena? _owned;

        public ArenaHold(CudaContext context, CudaArena arena)
        {
            _context = context;
            context.Keep(arena);
            _owned = new(context, arena);
            context.Live.Track(_owned, this);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _owned, null) is { } arena)
            {
                _context.Live.Release(arena, this);
            }
        }
    }

    /// <summary>An arena that a step may still use. Its tensors hold their own parts of it.</summary>
    private sealed class OpenArena(CudaContext context, CudaArena arena) : MemoryBlock
    {
        public override nint Address => 0;

        public override void GiveBack()
        {
            context.Close(arena);
            End();
        }
    }
}
