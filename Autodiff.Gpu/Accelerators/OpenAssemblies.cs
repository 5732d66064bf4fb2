using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Autodiff.Gpu.Accelerators;

/// <summary>
/// Has ILGPU's run-time assembly see types that are not public: those of the kernels, and a user's private operation.
/// </summary>
/// <remarks>
/// The runtime reads which assemblies another may look into once, before that one's first type. So where a further one
/// is needed, ILGPU begins with a new run-time assembly; what it has made stays.
/// </remarks>
internal sealed class OpenAssemblies
{
    private static readonly ConditionalWeakTable<Context, OpenAssemblies> s_known = [];

    private static readonly FieldInfo? s_builder = typeof(RuntimeSystem).GetField(
        "assemblyBuilder", BindingFlags.Instance | BindingFlags.NonPublic);

    private readonly HashSet<string> _names = [];
    private readonly Context _context;

    private OpenAssemblies(Context context) => _context = context;

    /// <summary>Those of a context, whose accelerators share its run-time assembly.</summary>
    public static OpenAssemblies Of(Context context) => s_known.GetValue(context, static context => new(context));

    /// <summary>
    /// Opens the assemblies of all types of a kernel. To be called, and the kernel compiled, under a lock of this
    /// object.
    /// </summary>
    /// <exception cref="NotSupportedException">That is not possible in this version of ILGPU.</exception>
    public void Open(MethodInfo kernel, string operation)
    {
        List<string> names = [];
        Collect(kernel.DeclaringType!, names);
        foreach (Type type in kernel.GetGenericArguments())
        {
            Collect(type, names);
        }

        if (!names.TrueForAll(_names.Contains))
        {
            _names.UnionWith(names);
            Begin(operation);
        }
    }

    /// <summary>Begins a run-time assembly that sees all of them.</summary>
    private void Begin(string operation)
    {
        _context.RuntimeSystem.ClearCache(ClearCacheMode.Everything);
        if (s_builder?.GetValue(_context.RuntimeSystem) is not AssemblyBuilder assembly)
        {
            throw new NotSupportedException(
                $"{operation}: ILGPU can't see types that are not public here. Make the operation's structure public.");
        }

        ConstructorInfo open = typeof(IgnoresAccessChecksToAttribute).GetConstructor([typeof(string)])!;
        foreach (string name in _names)
        {
            assembly.SetCustomAttribute(new CustomAttributeBuilder(open, [name]));
        }
    }

    private static void Collect(Type type, List<string> names)
    {
        names.Add(type.Assembly.GetName().Name!);
        if (type.IsGenericType)
        {
            foreach (Type argument in type.GetGenericArguments())
            {
                Collect(argument, names);
            }
        }
    }
}
