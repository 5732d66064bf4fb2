using System.Reflection;
using Autodiff.Algebra;
using ILGPU;
using ILGPU.Frontend;
using ILGPU.IR;
using ILGPU.IR.Values;

namespace Autodiff.Gpu.Compilation;

/// <summary>Reads kernels and the methods that they call into a context of ILGPU, and optimizes them.</summary>
/// <remarks>
/// <para>
/// ILGPU's own order is pass by pass, each over all methods, and its first pass puts called methods into their callers
/// as they were read: constant conditions, temporary structures and blocks that only jump are copied at every level of
/// calls, and the passes behind take a time that grows faster than their number. Here a method has been through all
/// passes before those that call it begin, so what is copied is short.
/// </para>
/// <para>
/// Methods that do not depend on the operation (functions, carriers, operands) stay in the context, optimized once for
/// all kernels. Those that do would never be used again, with the whole formula in each: they are optimized in a
/// context of the kernel's own.
/// </para>
/// </remarks>
internal sealed class MethodReader(Context context)
{
    /// <summary>The methods that stay.</summary>
    private readonly HashSet<MethodBase> _shared = [];

    /// <summary>Reads a kernel.</summary>
    /// <param name="source">The kernel.</param>
    /// <param name="kernel">The same, ready for a back end.</param>
    /// <returns>What it is in, to be disposed of when it has been compiled.</returns>
    public IRContext Read(MethodInfo source, out Method kernel)
    {
        Method read;
        using (ContextCodeGenerationPhase phase = context.BeginCodeGeneration())
        {
            CodeGenerationResult result;
            using (CodeGenerationPhase reading = phase.BeginFrontendCodeGeneration())
            {
                result = reading.GenerateCode(source);
            }

            if (phase.LastException is { } failure)
            {
                throw failure;
            }

            read = result.Result!;
            HashSet<Method> its = [read];
            List<List<Method>> levels = Levels(read, its);
            Optimize(phase.IRContext, [.. levels.Select(level => level.FindAll(method => !its.Contains(method)))]);
            _shared.UnionWith(levels.SelectMany(static level => level).Where(method => !its.Contains(method))
                .Select(static method => method.Source));
        }

        IRContext own = read.ExtractToContext(out kernel);
        Optimize(own, Levels(kernel, []));
        return own;
    }

    /// <summary>
    /// The methods that a kernel calls and that are not optimized yet, itself among them; none calls one of its own or
    /// a later list.
    /// </summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="its">Receives those that are of use to this kernel alone, and all that call them.</param>
    private List<List<Method>> Levels(Method kernel, HashSet<Method> its)
    {
        List<List<Method>> levels = [];
        _ = LevelOf(kernel, [], its, levels);
        foreach (Method method in levels.SelectMany(static level => level))
        {
            // ILGPU takes methods that are not marked as done.
            method.AddTransformationFlags(MethodTransformationFlags.Transformed);
        }

        return levels;
    }

    private int LevelOf(
        Method method, Dictionary<Method, int> known, HashSet<Method> its, List<List<Method>> levels)
    {
        if (!method.HasImplementation || _shared.Contains(method.Source))
        {
            method.AddTransformationFlags(MethodTransformationFlags.Transformed);
            return -1;
        }

        if (!known.TryGetValue(method, out int level))
        {
            known[method] = 0;
            bool isIts = !IsShared(method);
            foreach (Value value in method.Values)
            {
                if (value is MethodCall call)
                {
                    level = Math.Max(level, LevelOf(call.Target, known, its, levels) + 1);
                    isIts |= its.Contains(call.Target);
                }
            }

            if (isIts)
            {
                its.Add(method);
            }

            known[method] = level;
            while (levels.Count <= level)
            {
                levels.Add([]);
            }

            levels[level].Add(method);
        }

        return level;
    }

    private static void Optimize(IRContext context, List<List<Method>> levels)
    {
        foreach (List<Method> level in levels.Where(static level => level.Count > 0))
        {
            foreach (Method method in level)
            {
                method.RemoveTransformationFlags(MethodTransformationFlags.Transformed);
            }

            context.Optimize();
        }
    }

    /// <summary>Whether other operations' kernels call this method too: it knows none.</summary>
    private static bool IsShared(Method method) =>
        !Names(method.Source.DeclaringType!)
        && !(method.Source.IsGenericMethod && method.Source.GetGenericArguments().Any(Names));

    private static bool Names(Type type) =>
        typeof(IFormula).IsAssignableFrom(type) || typeof(IReduction).IsAssignableFrom(type)
        || typeof(IUpdateRule).IsAssignableFrom(type)
        || (type.IsGenericType && type.GetGenericArguments().Any(Names));
}
