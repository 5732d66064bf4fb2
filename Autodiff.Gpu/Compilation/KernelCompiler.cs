using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Types;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Autodiff.Gpu.Compilation;

/// <summary>A kernel in the device's language.</summary>
/// <param name="Entry">The name of its entry.</param>
/// <param name="Text">Its PTX.</param>
/// <param name="Layout">Where it expects its arguments.</param>
internal sealed record CompiledKernel(string Entry, string Text, ArgumentLayout Layout);

/// <summary>
/// Compiles kernels that are C# methods to PTX, by ILGPU's back end without a device: each once a process.
/// </summary>
/// <remarks>
/// A method that ILGPU can't compile breaks its context for all later ones, so after a failure the context is left and
/// the next kernel begins with a new one; nothing but text is ever taken from a context. One thread compiles at a time.
/// A context is many small objects, each of which every full garbage collection visits: it is also left when it has
/// compiled enough, or nothing for a while.
/// </remarks>
internal static class KernelCompiler
{
    /// <summary>
    /// Kernels of a context. It keeps the methods that kernels share, which helps the next one, and grows by a tenth of
    /// a megabyte with each.
    /// </summary>
    private const int MostKernels = 64;

    /// <summary>Milliseconds after its last kernel for which a context is kept.</summary>
    private const int Patience = 500;

    private static readonly Lock s_gate = new();

    private static readonly Dictionary<(MethodInfo Method, int Threads), CompiledKernel> s_kernels = [];

    private static Host? s_host;

    private static readonly Timer s_rest = new(static _ =>
    {
        lock (s_gate)
        {
            if (Environment.TickCount64 - s_last >= Patience)
            {
                Leave();
            }
        }
    });

    private static long s_last;

    /// <summary>How many kernels have been compiled.</summary>
    public static int Count => s_kernels.Count;

    /// <summary>The kernel that a method is.</summary>
    /// <param name="method">A static method of one parameter, the argument structure; no type is left open.</param>
    /// <param name="entry">What profilers are to show.</param>
    /// <param name="threads">The most threads of a block.</param>
    /// <param name="operation">The operation, for messages.</param>
    /// <exception cref="NotSupportedException">ILGPU can't compile it; the message says why.</exception>
    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    public static CompiledKernel Compile(MethodInfo method, string entry, int threads, string operation)
    {
        lock (s_gate)
        {
            if (s_kernels.TryGetValue((method, threads), out CompiledKernel? known))
            {
                return known;
            }

            if (s_host?.Kernels == MostKernels)
            {
                Leave();
            }

            try
            {
                if (IsAlone(method))
                {
                    using Host alone = new();
                    return s_kernels[(method, threads)] = alone.Compile(method, entry, threads);
                }

                s_host ??= new();
                return s_kernels[(method, threads)] = s_host.Compile(method, entry, threads);
            }
            catch (Exception e)
            {
                Leave();
                throw new NotSupportedException(
                    $"{operation}: its formula can't be compiled for a GPU: {Reason(e)} A formula there is arithmetic "
                    + "on its carrier, without exceptions, arrays, spans, objects and calls of the base library; or "
                    + "run it on the CPU with To(Device.Cpu).",
                    e);
            }
            finally
            {
                s_last = Environment.TickCount64;
                _ = s_rest.Change(Patience, Timeout.Infinite);
            }
        }
    }

    /// <summary>What is kept for the next kernel: tests see whether it goes.</summary>
    internal static object? Kept => Volatile.Read(ref s_host);

    private static bool IsAlone(MethodInfo method) =>
        method.IsGenericMethod && method.GetGenericArguments().Any(
            static type => type.IsDefined(typeof(CompiledAloneAttribute), inherit: false));

    private static void Leave()
    {
        s_host?.Dispose();
        s_host = null;
    }

    /// <summary>The innermost message: it names the construct.</summary>
    private static string Reason(Exception e)
    {
        while (e.InnerException is { } inner)
        {
            e = inner;
        }

        string first = e.Message.Split('\n')[0].Trim();
        return first.EndsWith('.') ? first : first + ".";
    }

    /// <summary>ILGPU's context and its back end for CUDA.</summary>
    private sealed class Host : IDisposable
    {
        private readonly Context _context;
        private readonly PTXBackend _backend;
        private readonly MethodReader _reader;

        public Host()
        {
            _context = Context.Create(static builder => builder.Optimize(OptimizationLevel.O2));
            Instructions.Register(_context);
            _backend = new(_context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_70, null!);
            _reader = new(_context);
        }

        /// <summary>How many kernels it has compiled.</summary>
        public int Kernels { get; private set; }

        public CompiledKernel Compile(MethodInfo method, string entry, int threads)
        {
            Kernels++;
            EntryPointDescription description = EntryPointDescription.FromExplicitlyGroupedKernel(method);
            Hook hook = new();
            KernelSpecialization specialization = new(threads, null);
            using IRContext own = _reader.Read(method, out Method read);
            var kernel = (PTXCompiledKernel)_backend.Compile(read, description, specialization, hook);
            return new(
                entry,
                KernelText.Of(kernel.PTXAssembly, description.Name, entry),
                ArgumentLayout.Of(method.GetParameters()[0].ParameterType, hook.Parameter!));
        }

        public void Dispose()
        {
            _backend.Dispose();
            _context.Dispose();
        }
    }

    /// <summary>Notes the type of a kernel's parameter as it is after all passes.</summary>
    private sealed class Hook : IBackendHook
    {
        public TypeNode? Parameter { get; private set; }

        public void FinishedCodeGeneration(IRContext context, Method entryPoint)
        {
        }

        public void InitializedKernelContext(IRContext kernelContext, Method kernelMethod)
        {
        }

        public void OptimizedKernelContext(IRContext kernelContext, Method kernelMethod) =>
            Parameter = kernelMethod.Parameters[0].ParameterType;
    }
}
