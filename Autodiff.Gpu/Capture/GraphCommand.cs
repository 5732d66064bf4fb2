using Autodiff.Compilation;
using Autodiff.Gpu.Driver;

namespace Autodiff.Gpu.Capture;

/// <summary>One segment of a captured step: a CUDA graph, launched as a whole.</summary>
internal sealed class GraphCommand(CudaContext context, nint executable) : Command([], 0), IDisposable
{
    private nint _executable = executable;

    ~GraphCommand() => Destroy();

    public override void Run() => context.Launch(_executable);

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Destroy();
    }

    private void Destroy()
    {
        if (Interlocked.Exchange(ref _executable, 0) is not 0 and nint executable)
        {
            context.Destroy(executable);
        }
    }
}
