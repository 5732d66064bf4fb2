using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// A kernel that is ready: the device's function, and the values of the formula's constants, which follow its own
/// arguments.
/// </summary>
internal sealed class Kernel(nint function, (PtxType Type, Constant Number)[] fields)
{
    public nint Function { get; } = function;

    /// <summary>Adds the formula's constants: the last arguments.</summary>
    public void PassFields(ref KernelArguments arguments)
    {
        foreach ((PtxType type, Constant number) in fields)
        {
            switch (type)
            {
                case PtxType.F32: arguments.Add(number.Single); break;
                case PtxType.F64: arguments.Add(number.Double); break;
                case PtxType.S64: arguments.Add(number.Integer); break;
                default: arguments.Add(int.CreateSaturating(number.Integer)); break;
            }
        }
    }
}

/// <summary>
/// Finds the kernel of a formula: by the formula's type, the bytes of its constants and the kernel's variant first;
/// where these are new, the kernel is written and found by its text, which is the same for all constants of one
/// formula.
/// </summary>
internal sealed class KernelCache(CudaContext context)
{
    /// <summary>Constants that change at every step would fill the memory; the functions themselves stay.</summary>
    private const int MostKernels = 8192;

    private readonly ConcurrentDictionary<Key, Kernel> _kernels = new();

    /// <summary>The kernel that <paramref name="write"/> writes for this formula and variant.</summary>
    /// <typeparam name="TFormula">The formula's type, part of the key.</typeparam>
    /// <param name="family">What kind of kernel: a constant name, part of the key.</param>
    /// <param name="formula">The formula; its bytes are part of the key.</param>
    /// <param name="variant">Whatever else decides the kernel's text.</param>
    /// <param name="write">Writes the kernel.</param>
    public Kernel Get<TFormula>(string family, TFormula formula, ulong variant,
        Action<KernelWriter, TFormula, ulong> write) where TFormula : unmanaged
    {
        Key key = new(family, typeof(TFormula), variant, ConstantBytes.Of(formula));
        return _kernels.TryGetValue(key, out Kernel? known) ? known : Make(key, family, formula, variant, write);
    }

    /// <summary>The kernel without a formula that <paramref name="write"/> writes for this variant.</summary>
    public Kernel Get(string family, ulong variant, Action<KernelWriter, ulong> write)
    {
        Key key = new(family, typeof(NoFormula), variant, default);
        return _kernels.TryGetValue(key, out Kernel? known) ? known
            : Make<NoFormula>(key, family, default, variant, (k, _, chosen) => write(k, chosen));
    }

    private Kernel Make<TFormula>(Key key, string family, TFormula formula, ulong variant,
        Action<KernelWriter, TFormula, ulong> write) where TFormula : unmanaged
    {
        string entry = EntryName<TFormula>(family);
        using KernelWriter k = new(entry);
        write(k, formula, variant);
        nint function = context.Load(entry, KernelWriter.Header + k.ToPtx());
        if (_kernels.Count >= MostKernels)
        {
            _kernels.Clear();
        }

        return _kernels[key] = new(function, [.. k.Fields]);
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

    private readonly record struct Key(string Family, Type Formula, ulong Variant, ConstantBytes Constants);
}

/// <summary>The bytes of a formula's constants, compared as a whole.</summary>
internal readonly struct ConstantBytes : IEquatable<ConstantBytes>
{
    private readonly ulong _0, _1, _2, _3;
    private readonly string? _more; // what does not fit above

    private ConstantBytes(ReadOnlySpan<byte> bytes)
    {
        Span<ulong> words = stackalloc ulong[4];
        words.Clear();
        Span<byte> room = MemoryMarshal.AsBytes(words);
        if (bytes.Length > room.Length)
        {
            _more = Convert.ToBase64String(bytes);
            return;
        }

        bytes.CopyTo(room);
        (_0, _1, _2, _3) = (words[0], words[1], words[2], words[3]);
    }

    public static ConstantBytes Of<T>(in T value) where T : unmanaged =>
        new(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in value, 1)));

    public bool Equals(ConstantBytes other) =>
        _0 == other._0 && _1 == other._1 && _2 == other._2 && _3 == other._3 && _more == other._more;

    public override bool Equals(object? obj) => obj is ConstantBytes other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_0, _1, _2, _3, _more);
}
