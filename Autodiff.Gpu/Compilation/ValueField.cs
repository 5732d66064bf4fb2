using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;

namespace Autodiff.Gpu.Compilation;

/// <summary>One number inside a structure of .NET: what it is, and where .NET has put it.</summary>
/// <param name="Path">
/// Its name, with the names of the fields that it is in, from the operation on: what wraps one is not named.
/// </param>
/// <param name="Type">What it is.</param>
/// <param name="Offset">Its distance from the structure's first byte; -1 where that was not asked for.</param>
internal readonly record struct ValueField(string Path, BasicValueType Type, int Offset)
{
    private static readonly ConcurrentDictionary<Type, ValueField[]> s_known = new();

    /// <summary>The bytes of it that .NET has.</summary>
    public int Bytes => Type switch
    {
        BasicValueType.Int1 or BasicValueType.Int8 => 1,
        BasicValueType.Int16 => 2,
        BasicValueType.Int32 or BasicValueType.Float32 => 4,
        _ => 8,
    };

    /// <summary>
    /// The numbers of a value that a kernel is given, in the order of their fields. An empty structure counts as a
    /// byte, as it does for ILGPU.
    /// </summary>
    /// <exception cref="NotSupportedException">It has a field that a kernel cannot be given; the message names
    /// it.</exception>
    public static ValueField[] Of(Type type) => s_known.GetOrAdd(type, static type =>
    {
        List<ValueField> fields = [];
        Add(fields, type, NameOf(type), 0);
        return [.. fields];
    });

    /// <summary>
    /// The same without places, for structures that .NET never fills: views, which only kernels see, among them.
    /// </summary>
    public static List<ValueField> KindsOf(Type type)
    {
        List<ValueField> fields = [];
        Add(fields, type, NameOf(type), -1);
        return fields;
    }

    /// <summary>The fields of a structure that a kernel is given, in their order.</summary>
    public static FieldInfo[] FieldsOf(Type type) => Fields(type, type.Name);

    private static void Add(List<ValueField> fields, Type type, string path, int offset)
    {
        if (type.IsEnum)
        {
            type = Enum.GetUnderlyingType(type);
        }

        if (Basic(type) is not BasicValueType.None and var basic)
        {
            fields.Add(new(path, basic, offset));
        }
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>))
        {
            fields.Add(new(path, BasicValueType.Int64, -1));
            fields.Add(new(path + ".Length", BasicValueType.Int64, -1));
        }
        else
        {
            FieldInfo[] inside = Fields(type, path);
            if (inside.Length == 0)
            {
                fields.Add(new(path, BasicValueType.Int8, offset));
            }

            foreach (FieldInfo field in inside)
            {
                // A field of the type that a structure is made for is what that structure wraps.
                bool isWrapped = type.IsGenericType && type.GenericTypeArguments.Contains(field.FieldType)
                    && Basic(field.FieldType) == BasicValueType.None;
                Add(
                    fields, field.FieldType, isWrapped ? NameOf(field.FieldType) : $"{path}.{NameOf(field)}",
                    offset < 0 ? -1 : offset + OffsetOf(field));
            }
        }
    }

    private static FieldInfo[] Fields(Type type, string path)
    {
        string? why = !type.IsValueType || type.IsPointer || type == typeof(nint) || type == typeof(nuint)
            ? "is an address"
            : type.IsDefined(typeof(InlineArrayAttribute)) ? "is an array: give each element a field of its own"
            : type.IsExplicitLayout ? "says where its fields are (StructLayout): leave that to the compiler"
            : type.IsAutoLayout ? "has fields in an order that .NET chooses: make it a structure of your own"
            : null;
        const BindingFlags all = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        FieldInfo[] fields = why is null ? type.GetFields(all) : [];
        if (fields.Any(static field => field.IsDefined(typeof(FixedBufferAttribute))))
        {
            why = "has a fixed buffer: give each element a field of its own";
        }

        return why is null ? [.. fields.OrderBy(static field => field.MetadataToken)]
            : throw new NotSupportedException($"{path} ({type.Name}) can't be given to a GPU's kernel: it {why}.");
    }

    private static BasicValueType Basic(Type type) => System.Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => BasicValueType.Int1,
        TypeCode.SByte or TypeCode.Byte => BasicValueType.Int8,
        TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Char => BasicValueType.Int16,
        TypeCode.Int32 or TypeCode.UInt32 => BasicValueType.Int32,
        TypeCode.Int64 or TypeCode.UInt64 => BasicValueType.Int64,
        TypeCode.Single => BasicValueType.Float32,
        TypeCode.Double => BasicValueType.Float64,
        _ => BasicValueType.None,
    };

    /// <summary>A structure's name, without the number of its type parameters.</summary>
    private static string NameOf(Type type) => type.Name.Split('`')[0];

    /// <summary>A field's name, without what the compiler writes around a property's.</summary>
    private static string NameOf(FieldInfo field) =>
        field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;

    /// <summary>Where .NET puts a field, by taking its address.</summary>
    private static unsafe int OffsetOf(FieldInfo field)
    {
        DynamicMethod method = new("OffsetOf", typeof(nint), [typeof(nint)], typeof(ValueField).Module, true);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ret);
        nint somewhere = (nint)NativeMemory.Alloc(4096);
        try
        {
            return (int)(method.CreateDelegate<Func<nint, nint>>()(somewhere) - somewhere);
        }
        finally
        {
            NativeMemory.Free((void*)somewhere);
        }
    }
}
