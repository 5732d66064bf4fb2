using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Autodiff.Gpu.Kernels.Carriers;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace Autodiff.Gpu.Compilation;

/// <summary>Teaches ILGPU the methods that are instructions (<see cref="InstructionAttribute"/>).</summary>
internal static class Instructions
{
    private static readonly Type[] s_homes =
        [typeof(ExactSingle), typeof(ExactDouble), typeof(FastSingle), typeof(Whole)];

    private static readonly ConcurrentDictionary<MethodBase, Words> s_words = new();

    private static readonly ConditionalWeakTable<IntrinsicImplementationManager, object> s_taught = [];

    /// <summary>Every method that is an instruction.</summary>
    public static IEnumerable<MethodInfo> Methods => s_homes
        .SelectMany(static home =>
            home.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Where(static method => method.IsDefined(typeof(InstructionAttribute)));

    /// <summary>Registers them with a context, before it makes a back end.</summary>
    public static void Register(Context context) => Register(context.GetIntrinsicManager());

    /// <summary>Registers them with a context that is still to be made.</summary>
    public static void Register(Context.Builder builder) => Register(builder.GetIntrinsicManager());

    /// <summary>Whether a context knew them before it made its accelerators.</summary>
    public static bool AreKnownTo(Context context) => s_taught.TryGetValue(context.GetIntrinsicManager(), out _);

    private static void Register(IntrinsicImplementationManager manager)
    {
        if (!s_taught.TryAdd(manager, manager))
        {
            return;
        }

        foreach (MethodInfo method in Methods)
        {
            const IntrinsicImplementationMode mode = IntrinsicImplementationMode.GenerateCode;
            manager.RegisterMethod(method, new PTXIntrinsic(typeof(Instructions), nameof(WritePtx), mode));
            Type? instead = method.GetCustomAttribute<InstructionAttribute>()!.OpenClType;
            manager.RegisterMethod(method, instead is null
                ? new CLIntrinsic(typeof(Instructions), nameof(WriteOpenCl), mode)
                : new CLIntrinsic(instead, method.Name, IntrinsicImplementationMode.Redirect));
        }
    }

    /// <summary>ILGPU calls this for a call of an instruction.</summary>
    public static void WritePtx(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        Words words = WordsOf(value);
        var operands = new PTXCodeGenerator.PrimitiveRegister[value.Count];
        for (int k = 0; k < operands.Length; k++)
        {
            operands[k] = generator.LoadPrimitive(value[k]);
        }

        PTXCodeGenerator.HardwareRegister result = generator.AllocateHardware(value);
        PTXCodeGenerator.HardwareRegister? predicate = words.NeedsPredicate
            ? generator.AllocateRegister(BasicValueType.Int1, PTXRegisterKind.Predicate) : null;
        foreach ((string name, string[] arguments) in words.Ptx)
        {
            using PTXCodeGenerator.CommandEmitter command = generator.BeginCommand(name);
            foreach (string argument in arguments)
            {
                switch (argument)
                {
                    case "%0": command.AppendArgument(result); break;
                    case "%p": command.AppendArgument(predicate!); break;
                    case ['%', char digit]: command.AppendArgument(operands[digit - '1']); break;
                    case "0.0" when name.EndsWith("f32", StringComparison.Ordinal): command.AppendConstant(0f); break;
                    case "0.0": command.AppendConstant(0.0); break;
                    default: command.AppendConstant(long.Parse(argument, CultureInfo.InvariantCulture)); break;
                }
            }
        }

        if (predicate is not null)
        {
            generator.FreeRegister(predicate);
        }
    }

    /// <summary>ILGPU calls this for a call of an instruction.</summary>
    public static void WriteOpenCl(CLBackend backend, CLCodeGenerator generator, Value value)
    {
        Words words = WordsOf(value);
        var operands = new CLCodeGenerator.Variable[value.Count];
        for (int k = 0; k < operands.Length; k++)
        {
            operands[k] = generator.Load(value[k]);
        }

        CLCodeGenerator.Variable result = generator.Allocate(value);
        using CLCodeGenerator.StatementEmitter statement = generator.BeginStatement(result);
        for (int i = 0; i < words.OpenCl.Length; i++)
        {
            // Pieces of text and operands take turns.
            if (i % 2 == 0)
            {
                statement.AppendCommand(words.OpenCl[i]);
            }
            else
            {
                statement.Append(operands[words.OpenCl[i][0] - '1']);
            }
        }
    }

    private static Words WordsOf(Value value) =>
        s_words.GetOrAdd(((MethodCall)value).Target.Source, static method =>
            new(method.GetCustomAttribute<InstructionAttribute>()!));

    /// <summary>An instruction's words, taken apart.</summary>
    private sealed class Words
    {
        public Words(InstructionAttribute instruction)
        {
            Ptx = [.. instruction.Ptx.Split(';', StringSplitOptions.TrimEntries).Select(static line =>
            {
                int end = line.IndexOf(' ', StringComparison.Ordinal);
                return (line[..end], line[end..].Split(',', StringSplitOptions.TrimEntries));
            })];
            NeedsPredicate = instruction.Ptx.Contains("%p", StringComparison.Ordinal);
            List<string> pieces = [];
            string[] parts = instruction.OpenCl.Split('%');
            pieces.Add(parts[0]);
            foreach (string part in parts.Skip(1))
            {
                pieces.Add(part[..1]);
                pieces.Add(part[1..]);
            }

            OpenCl = [.. pieces];
        }

        public (string Name, string[] Arguments)[] Ptx { get; }

        public bool NeedsPredicate { get; }

        public string[] OpenCl { get; }
    }
}
