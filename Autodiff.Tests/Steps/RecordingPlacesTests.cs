using System.Reflection;
using System.Reflection.Emit;
using Autodiff.Steps;

namespace Autodiff.Tests.Steps;

/// <summary>
/// Where the library speaks to a step that is being captured, counted in the compiled code: calls of a backend are
/// recorded by BackendCalls alone, and the rest is told to <see cref="StepRecording"/> at the places that are listed
/// here.
/// </summary>
public class RecordingPlacesTests
{
    /// <summary>What the rest of the library has to tell, by type.</summary>
    private static readonly string[] s_places =
    [
        "AlignmentTarget: Look",
        "BackendCalls: Changed, Instead, IsAnywhere",
        "Backpropagation: AfterGradient, BeforeGradient, IsHere",
        "ClassTarget: Look",
        "Cuda: Refuse, Refuse",
        "CudaBackend: Depend",
        "CudaContext: Refuse",
        "CudaScope: IsHere",
        "DeviceConstants: Outside",
        "Functional: IsHere, Look, Look, Look, Look",
        "GradientExtensions: ReadGradient",
        "Module: Depend, Settle",
        "Optimizer: Depend, IsHere, Live",
        "Sequential: Depend",
        "Storage: Changed",
        "Tensor: Depend, IsAnywhere, IsHere, IsHere, Live, Live, Look, Look, ReadGradient, Refuse, Refuse, "
            + "ResetGradient, Settle",
        "UnitSeed: IsAnywhere",
    ];

    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    [Test]
    public void Nothing_outside_the_compiled_step_knows_its_recorder()
    {
        Type[] inner = [typeof(StepRecorder), typeof(RecordingBackend), typeof(StepTrace), typeof(StepConditions)];
        Assert.That(Uses(inner).Select(use => use.By), Is.Empty);
    }

    [Test]
    public void The_places_that_tell_a_captured_step_something_are_these()
    {
        string[] found = [.. Uses([typeof(StepRecording)]).GroupBy(use => use.By)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group =>
                $"{group.Key}: {string.Join(", ", group.Select(use => use.Member).Order(StringComparer.Ordinal))}")];
        Assert.That(found, Is.EqualTo(s_places),
            "A call of a backend belongs into BackendCalls and RecordingBackend; what is none, into this list.");
    }

    /// <summary>Every use of a member of the types outside the compiled step's own namespace and class.</summary>
    private static IEnumerable<(string By, string Member)> Uses(Type[] types) =>
        from assembly in new[] { typeof(Tensor).Assembly, typeof(Autodiff.Nn.Module).Assembly,
            typeof(Autodiff.Cuda).Assembly }
        from type in assembly.GetTypes()
        let outer = Outermost(type)
        where outer.Namespace != typeof(StepRecording).Namespace && outer != typeof(CompiledStep)
        from method in Methods(type)
        from member in Members(method)
        where types.Contains(member.DeclaringType)
        select (outer.Name.Split('`')[0], member.Name.Replace("get_", "", StringComparison.Ordinal));

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } around)
        {
            type = around;
        }

        return type;
    }

    private static IEnumerable<MethodBase> Methods(Type type)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
            | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return [.. type.GetMethods(Own), .. type.GetConstructors(Own)];
    }

    /// <summary>The methods and fields that a method's instructions name.</summary>
    private static IEnumerable<MemberInfo> Members(MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[]? ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (int i = 0; i < code.Length;)
        {
            short value = code[i++];
            if (value == 0xFE)
            {
                value = unchecked((short)(0xFE00 | code[i++]));
            }

            OperandType operand = s_codes[value].OperandType;
            if (operand is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok
                && method.Module.ResolveMember(BitConverter.ToInt32(code, i), ofType, ofMethod) is { } member)
            {
                yield return member;
            }

            i += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, i),
                _ => 4,
            };
        }
    }
}
