using System.Collections.Concurrent;
using Autodiff.Algebra;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;
using Autodiff.Operations;

namespace Autodiff.Gpu.Kernels;

/// <summary>The functions of kernels that are written as PTX, by what they compute and the kernel's variant.</summary>
internal sealed class KernelCache(CudaContext context)
{
    private readonly ConcurrentDictionary<(string Family, Type Formula, ulong Variant), nint> _functions = new();

    /// <summary>The device's function of the kernel that <paramref name="write"/> writes.</summary>
    /// <typeparam name="TFormula">What it computes, part of the key.</typeparam>
    /// <param name="family">What kind of kernel: a constant name, part of the key.</param>
    /// <param name="variant">Whatever else decides the kernel's text.</param>
    /// <param name="write">Writes the kernel.</param>
    public nint Get<TFormula>(string family, ulong variant, Action<KernelWriter, ulong> write)
    {
        (string, Type, ulong) key = (family, typeof(TFormula), variant);
        if (_functions.TryGetValue(key, out nint function))
        {
            return function;
        }

        string entry = EntryName<TFormula>(family);
        using KernelWriter k = new(entry);
        write(k, variant);
        return _functions[key] = context.Load(entry, KernelWriter.Header + k.ToPtx());
    }

    /// <summary>What profilers show: map_Sigmoid, map_Sigmoid_vjp, update_AdamRule.</summary>
    internal static string EntryName<TFormula>(string family)
    {
        if (typeof(TFormula) == typeof(NoFormula))
        {
            return family;
        }

        bool isRule = typeof(TFormula).IsGenericType && typeof(TFormula).GetGenericTypeDefinition() == typeof(Rule<,>);
        IEnumerable<char> name = OperationName.Of<TFormula>()
            .Where(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return $"{family}_{string.Concat(name)}{(isRule ? "_vjp" : "")}";
    }

    /// <summary>Stands for the formula of kernels that have none.</summary>
    internal readonly struct NoFormula;
}
