using System.Globalization;

namespace Autodiff.Gpu.Ptx;

/// <summary>Where an address points.</summary>
internal enum Space
{
    /// <summary>The device's memory; addresses are U64.</summary>
    Global,

    /// <summary>The block's own memory; addresses are U32.</summary>
    Shared,
}

/// <content>Loads, stores, shared memory.</content>
internal sealed partial class KernelWriter
{
    /// <summary>
    /// address + index · size, where the address is U64 and the index a non-negative U32, S32, U64 or S64.
    /// </summary>
    public Value At(Value address, Value index, int size)
    {
        if (index.IsConstant)
        {
            return address + Value.Constant(address.Type, index.Integer * size);
        }

        if (address.Type.SizeOf() == 4 || index.Type.SizeOf() == 8)
        {
            return index.To(address.Type).MultiplyAdd(Value.Constant(address.Type, (long)size), address);
        }

        return Pure($"mad.wide.{index.Type.Suffix()}", PtxType.U64, index, Value.Constant(index.Type, (long)size),
            address);
    }

    /// <summary>The element at address + offset bytes.</summary>
    public Value Load(Space space, PtxType type, Value address, int offset = 0)
    {
        Value result = NewRegister(type);
        Emit($"ld.{Name(space)}.{type.Suffix()} {result.Text}, {Place(address, offset)};");
        return result;
    }

    /// <summary>
    /// As <see cref="LoadVector"/> (or <see cref="Load"/> for one) where the predicate holds, else zeros. Not a branch,
    /// so that several such loads are in flight at once.
    /// </summary>
    public Value[] LoadIf(Value condition, Space space, PtxType type, int count, Value address, int offset = 0)
    {
        Value[] results = new Value[count];
        for (int i = 0; i < count; i++)
        {
            results[i] = NewRegister(type);
            Emit($"mov.{(type.IsFloat() ? type.Suffix() : type.BitSuffix())} {results[i].Text}, "
                + $"{Value.Constant(type, 0L).Text};");
        }

        string vector = count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $".v{count}");
        Emit($"@{condition.Text} ld.{Name(space)}{vector}.{type.Suffix()} "
            + $"{(count == 1 ? results[0].Text : Braces(results))}, {Place(address, offset)};");
        return results;
    }

    /// <summary>2 or 4 neighbours in one access (16 bytes at most); the address is a multiple of its size.</summary>
    public Value[] LoadVector(Space space, PtxType type, int count, Value address, int offset = 0)
    {
        Value[] results = new Value[count];
        for (int i = 0; i < count; i++)
        {
            results[i] = NewRegister(type);
        }

        Emit($"ld.{Name(space)}.v{count}.{type.Suffix()} {Braces(results)}, {Place(address, offset)};");
        return results;
    }

    public void Store(Space space, PtxType type, Value address, Value value, int offset = 0) =>
        Emit($"st.{Name(space)}.{type.Suffix()} {Place(address, offset)}, {Typed(value, type).Text};");

    /// <summary>2 or 4 neighbours in one access (16 bytes at most); the address is a multiple of its size.</summary>
    public void StoreVector(Space space, PtxType type, Value address, ReadOnlySpan<Value> values, int offset = 0)
    {
        Value[] typed = new Value[values.Length];
        for (int i = 0; i < typed.Length; i++)
        {
            typed[i] = Typed(values[i], type);
        }

        Emit($"st.{Name(space)}.v{typed.Length}.{type.Suffix()} {Place(address, offset)}, {Braces(typed)};");
    }

    /// <summary>Shared memory of the block, 16-byte aligned: its address in the shared window.</summary>
    public Value Shared(int bytes)
    {
        int start = (_sharedBytes + 15) / 16 * 16;
        _sharedBytes = start + bytes;
        if (!_always.TryGetValue("shared", out Value origin))
        {
            origin = NewRegister(PtxType.U32);
            Line(_prologue, $"mov.u32 {origin.Text}, shared;", 1);
            _always.Add("shared", origin);
        }

        return origin + Value.Constant(PtxType.U32, (long)start);
    }

    /// <summary>Braces around several registers, as vector accesses and matrix instructions take them.</summary>
    public static string Braces(ReadOnlySpan<Value> values) => "{" + Join(values) + "}";

    /// <summary>[address + offset].</summary>
    public static string Place(Value address, int offset) =>
        offset == 0 ? $"[{address.Text}]" : string.Create(CultureInfo.InvariantCulture, $"[{address.Text}+{offset}]");

    private static Value Typed(Value value, PtxType type) =>
        value.IsLiteral ? Value.Constant(type, value.Integer) : value;

    private static string Name(Space space) => space == Space.Global ? "global" : "shared";
}
