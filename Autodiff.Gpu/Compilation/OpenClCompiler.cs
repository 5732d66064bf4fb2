using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Gpu.Kernels;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.IR;
using ILGPU.IR.Values;
using ILGPU.Runtime.OpenCL;

namespace Autodiff.Gpu.Compilation;

/// <summary>
/// Writes kernels as OpenCL's source, by ILGPU's back end without a device: to be read, and for tests.
/// </summary>
internal static class OpenClCompiler
{
    /// <summary>The source of a kernel for a device with float64 and blocks of 256 threads.</summary>
    /// <param name="method">The kernel, with CUDA's threads as its first type.</param>
    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    public static string Source(MethodInfo method) => Sources([method]).Single();

    /// <summary>The sources of several kernels.</summary>
    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    public static IEnumerable<string> Sources(IEnumerable<MethodInfo> methods)
    {
        using Context context = Context.Create(static builder => builder.Optimize(OptimizationLevel.O2));
        Instructions.Register(context);
        CLCapabilityContext capabilities = new(false, true, true, true, false);
        using CLBackend backend = new(context, capabilities, CLDeviceVendor.Other, CLBackend.MinimumVersion);
        MethodReader reader = new(context);
        foreach (MethodInfo method in methods)
        {
            MethodInfo own = BlockSizes.Within(int.MaxValue).Kernel(method);
            using IRContext read = reader.Read(own, out Method kernel);
            yield return ((CLCompiledKernel)backend.Compile(
                kernel, EntryPointDescription.FromExplicitlyGroupedKernel(own), default)).Source;
        }
    }
}
