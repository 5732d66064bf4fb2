using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using Autodiff.Gpu.Compilation;
using ILGPU;

namespace Autodiff.Gpu.Accelerators;

/// <summary>
/// Makes a kernel's argument structure from the numbers that <see cref="ArgumentWriter"/> has written, each in eight
/// bytes of its own; an address becomes the view that begins there.
/// </summary>
/// <typeparam name="TArguments">The structure.</typeparam>
internal static class ArgumentUnpacker<TArguments> where TArguments : struct
{
    /// <summary>Reads a structure.</summary>
    /// <param name="memory">Where addresses lead.</param>
    /// <param name="block">The numbers.</param>
    public delegate TArguments Reader(AcceleratorMemory memory, ref byte block);

    /// <summary>Writes the reader.</summary>
    [RequiresDynamicCode("The reader is written at run time.")]
    public static Reader Create()
    {
        // What the structures are, private ones among them, is no secret to this method.
        DynamicMethod method = new(
            "Unpack", typeof(TArguments), [typeof(AcceleratorMemory), typeof(byte).MakeByRefType()],
            typeof(AcceleratorMemory).Module, skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        LocalBuilder arguments = il.DeclareLocal(typeof(TArguments));
        int slot = 0;
        Fill(il, arguments, [], typeof(TArguments), ref slot);
        il.Emit(OpCodes.Ldloc, arguments);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Reader>();
    }

    private static void Fill(
        ILGenerator il, LocalBuilder arguments, List<FieldInfo> path, Type type, ref int slot)
    {
        FieldInfo[] inside = ValueField.FieldsOf(type);
        if (inside.Length == 0)
        {
            slot++; // an empty structure counts as a number
        }

        foreach (FieldInfo field in inside)
        {
            Type kind = field.FieldType.IsEnum ? Enum.GetUnderlyingType(field.FieldType) : field.FieldType;
            bool isView = kind.IsGenericType && kind.GetGenericTypeDefinition() == typeof(ArrayView<>);
            if (!isView && !kind.IsPrimitive)
            {
                Fill(il, arguments, [.. path, field], kind, ref slot);
                continue;
            }

            il.Emit(OpCodes.Ldloca, arguments);
            foreach (FieldInfo outer in path)
            {
                il.Emit(OpCodes.Ldflda, outer);
            }

            if (isView)
            {
                il.Emit(OpCodes.Ldarg_0);
            }

            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldc_I4, ArgumentLayout.SlotBytes * slot);
            il.Emit(OpCodes.Add);
            if (isView)
            {
                il.Emit(OpCodes.Ldind_I8);
                il.Emit(OpCodes.Callvirt, typeof(AcceleratorMemory).GetMethod(nameof(AcceleratorMemory.View))!
                    .MakeGenericMethod(kind.GetGenericArguments()));
            }
            else if (kind == typeof(bool))
            {
                il.Emit(OpCodes.Ldind_I4);
                il.Emit(OpCodes.Ldc_I4_0);
                il.Emit(OpCodes.Cgt_Un);
            }
            else
            {
                il.Emit(OpCodes.Ldobj, kind);
            }

            il.Emit(OpCodes.Stfld, field);
            slot += isView ? 2 : 1; // an address and a length
        }
    }
}
