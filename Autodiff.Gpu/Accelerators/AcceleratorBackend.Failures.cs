using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Autodiff.Gpu.Compilation;

namespace Autodiff.Gpu.Accelerators;

/// <summary>What can't be, in the engine's words.</summary>
internal sealed partial class AcceleratorBackend
{
    /// <summary>The line that makes a context whose accelerators can run the engine's kernels.</summary>
    public const string Builder =
        "Context.Create(builder => builder.AllAccelerators().EnableAutodiff().Optimize(OptimizationLevel.O2))";

    /// <summary>Refuses an accelerator that can't run the engine's kernels.</summary>
    private static void Require(Accelerator accelerator, string what)
    {
        ObjectDisposedException.ThrowIf(accelerator.IsDisposed, accelerator);

        // The CPU accelerator runs the kernels' C# as it is: nothing that a context says changes it.
        if (accelerator is not CPUAccelerator)
        {
            Require(accelerator.Context, what);
        }
    }

    /// <summary>Refuses a context whose accelerators would compute something else.</summary>
    internal static void Require(Context context, string what)
    {
        ContextProperties properties = context.Properties;
        string? lacks = !Instructions.AreKnownTo(context) ? "does not know the engine's instructions"
            : properties.MathMode != MathMode.Default ? "trades exactness for speed (MathMode)"
            : properties.OptimizationLevel != OptimizationLevel.O2 ? "does not optimize as the kernels need it"
            : null;
        if (lacks is not null)
        {
            throw new NotSupportedException($"{what}: its context {lacks}. Make it so: {Builder}.");
        }
    }

    /// <summary>Refuses a kernel of float64 where the device has none.</summary>
    private void RequireDouble(MethodInfo method, string operation)
    {
        if (!HasDouble && method.GetGenericArguments().Any(Mentions))
        {
            throw new NotSupportedException(
                $"{operation}: {Name} has no float64. Convert with To(DType.Float32), or run it on Device.Cpu.");
        }

        static bool Mentions(Type type) =>
            type == typeof(double) || (type.IsGenericType && type.GetGenericArguments().Any(Mentions));
    }

    /// <summary>What ILGPU says, with the device, what was asked of it and what to do.</summary>
    private InvalidOperationException Failure(string asked, Exception said)
    {
        Exception inmost = said;
        while (inmost.InnerException is { } inner)
        {
            inmost = inner;
        }

        return new($"{Name} failed at {asked}: {inmost.Message.TrimEnd('.')}. If it goes on, the accelerator is lost: "
            + "make a new one, and take the tensors from where they were saved.", said);
    }
}
