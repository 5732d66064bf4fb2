using Autodiff.Devices;
using Autodiff.Gpu.Driver;
using Autodiff.Steps;

namespace Autodiff.Gpu.Capture;

/// <summary>One segment of a captured step: a CUDA graph, launched as a whole.</summary>
internal sealed class GraphCommand : Command, IDisposable
{
    private readonly CudaContext _context;
    private Graph? _owned;

    public GraphCommand(CudaContext context, nint executable) : base("graph", 0, [], 0)
    {
        _context = context;
        _owned = new(context, executable);
        context.Live.Track(_owned, this);
    }

    public override void Run()
    {
        using MemoryUse use = MemoryUse.Begin();
        if (_owned is { } graph)
        {
            use.Add(graph.Address);
            if (_owned is not null)
            {
                _context.Launch(graph.Address);
                return;
            }
        }

        throw new ObjectDisposedException("CompiledStep", "The captured step was disposed.");
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _owned, null) is { } graph)
        {
            _context.Live.Release(graph, this);
        }
    }

    private sealed class Graph(CudaContext context, nint executable) : MemoryBlock
    {
        public override nint Address => executable;

        public override void GiveBack()
        {
            context.Destroy(executable);
            End();
        }
    }
}
