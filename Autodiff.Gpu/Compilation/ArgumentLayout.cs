using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.IR;
using ILGPU.IR.Types;
using ILGPU.IR.Values;

namespace Autodiff.Gpu.Compilation;

/// <summary>Where a compiled kernel expects each number of its argument structure, as ILGPU says.</summary>
/// <remarks>
/// The places are not .NET's: a bool takes four bytes there, and a structure's <see cref="StructLayoutAttribute.Pack"/>
/// counts for nothing.
/// </remarks>
internal sealed class ArgumentLayout
{
    /// <summary>Bytes of a number in <see cref="InSlots"/>.</summary>
    public const int SlotBytes = 8;

    private readonly int[] _offsets;

    private ArgumentLayout(int bytes, int[] offsets) => (Bytes, _offsets) = (bytes, offsets);

    /// <summary>The size of the structure.</summary>
    public int Bytes { get; }

    /// <summary>Where each number begins, in the order of the fields.</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    /// <summary>
    /// The layout of an argument structure that is still to be made: each number in eight bytes of its own.
    /// </summary>
    /// <exception cref="NotSupportedException">It has a field that a kernel cannot be given.</exception>
    public static ArgumentLayout InSlots(Type arguments)
    {
        int count = ValueField.KindsOf(arguments).Count;
        return new(SlotBytes * count, [.. Enumerable.Range(0, count).Select(static k => SlotBytes * k)]);
    }

    /// <summary>The layout of an argument structure.</summary>
    /// <param name="arguments">The structure in .NET.</param>
    /// <param name="compiled">The type of the kernel's parameter, after all of ILGPU's passes.</param>
    /// <exception cref="NotSupportedException">ILGPU has other numbers there than .NET; the message names the
    /// first.</exception>
    public static ArgumentLayout Of(Type arguments, TypeNode compiled)
    {
        List<ValueField> fields = ValueField.KindsOf(arguments);
        List<int> offsets = [];
        if (compiled is StructureType structure)
        {
            for (int k = 0; k < structure.NumFields; k++)
            {
                TypeNode type = structure[new FieldAccess(k)];
                if (type.IsPaddingType)
                {
                    continue;
                }

                BasicValueType basic = type.IsPointerType ? BasicValueType.Int64 : type.BasicValueType;
                if (offsets.Count < fields.Count && fields[offsets.Count].Type != basic)
                {
                    ValueField field = fields[offsets.Count];
                    throw new NotSupportedException(
                        $"{field.Path} can't be given to a GPU's kernel: it is {field.Type} here and {basic} there.");
                }

                offsets.Add(structure.GetOffset(new FieldAccess(k)));
            }
        }

        return offsets.Count == fields.Count
            ? new(compiled.Size, [.. offsets])
            : throw new NotSupportedException(
                $"{arguments.Name} can't be given to a GPU's kernel: "
                + $"it has {fields.Count} numbers here and {offsets.Count} there.");
    }
}

/// <summary>Writes a kernel's argument structure, number after number.</summary>
internal ref struct ArgumentWriter(ArgumentLayout layout, Span<byte> block)
{
    private readonly ReadOnlySpan<int> _offsets = layout.Offsets;
    private readonly Span<byte> _block = block;
    private int _next;

    /// <summary>How many numbers have been written.</summary>
    public readonly int Count => _next;

    /// <summary>Writes a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<T>(T value) where T : unmanaged => MemoryMarshal.Write(_block[_offsets[_next++]..], in value);

    /// <summary>Writes a number in a floating type.</summary>
    public void Add(DType type, double value)
    {
        if (type == DType.Float64)
        {
            Add(value);
        }
        else
        {
            Add((float)value);
        }
    }

    /// <summary>Writes where a view begins; no kernel reads its length.</summary>
    public void AddView(ulong address)
    {
        Add(address);
        Add(0L);
    }

    /// <summary>Writes an operation's constants.</summary>
    public void Add<TOp>(scoped ReadOnlySpan<ValueField> fields, TOp op) where TOp : unmanaged =>
        Add(fields, MemoryMarshal.AsBytes(new ReadOnlySpan<TOp>(in op)));

    /// <summary>Passes an empty structure.</summary>
    public void Skip() => _next++;

    /// <summary>Writes the numbers of a structure of .NET.</summary>
    /// <param name="fields">Its numbers.</param>
    /// <param name="value">Its bytes.</param>
    public void Add(scoped ReadOnlySpan<ValueField> fields, scoped ReadOnlySpan<byte> value)
    {
        foreach (ref readonly ValueField field in fields)
        {
            int offset = _offsets[_next++];
            if (field.Type == BasicValueType.Int1)
            {
                int truth = value[field.Offset] != 0 ? 1 : 0;
                MemoryMarshal.Write(_block[offset..], in truth);
            }
            else
            {
                value.Slice(field.Offset, field.Bytes).CopyTo(_block[offset..]);
            }
        }
    }
}
