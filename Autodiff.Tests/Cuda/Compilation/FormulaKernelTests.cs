using System.Reflection;
using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Tests.Cuda.Compilation;

/// <summary>
/// Every formula of the library and every rule, compiled to a kernel, gives the bits of the processor: special values
/// in all combinations first.
/// </summary>
[Parallelizable]
public class FormulaKernelTests
{
    private static readonly double[] s_special =
    [
        0, -0.0, 1, -1, 0.5, -0.5, 2, 3, -3, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e-45,
        -1e-45, 5e-324, 1.17549435e-38, 2.2250738585072014e-308, 3.4028234663852886e38, -3.4028234663852886e38,
        1.7976931348623157e308, 1e-20, 88.7, -87.3, -103.9, 104, 709.7, -745.1, 16777216, 1e-3, 1e7, -1e15, 3e20,
    ];

    // Not defined for every operand: parts of the sine and tangent for large arguments alone, and powers of two whose
    // exponent is an integer within the range (ScaleB), which infinities and NaN are not.
    private static readonly string[] s_partial = ["FarSin", "FarTan", "ScaleByPower", "UnitOfDeviation"];

    /// <summary>Neither whole groups of four nor of two.</summary>
    private const int Count = (4 * 64) + 3;

    [TestCase(DType.Float32, 0)]
    [TestCase(DType.Float32, 1)]
    [TestCase(DType.Float64, 0)]
    [TestCase(DType.Float64, 1)]
    public void Kernels_give_the_bits_of_the_processor(DType type, int part)
    {
        List<string> differences = [];
        int compared = 0;
        foreach (object formula in All().Where((_, i) => i % 2 == part))
        {
            int arity = (int)formula.GetType().GetProperty(nameof(IFormula.Arity))!.GetValue(null)!;
            Tensor[] x = [.. Enumerable.Range(0, arity).Select(k => Operand(k, type))];
            if (Run(formula, x, Device.Cpu, type) is not { } expected)
            {
                continue; // defined on integers alone
            }

            compared++;
            byte[] actual = Run(formula, x, EmulatedCuda.Device, type)!;
            int size = type.SizeOf();
            for (int i = 0; i < Count; i++)
            {
                if (!Same(expected.AsSpan(i * size, size), actual.AsSpan(i * size, size)))
                {
                    string operands = string.Join(", ", x.Select(v =>
                        v[i].To(DType.Float64).Item<double>().ToString("R", null)));
                    (double given, double wanted) = (Number(actual, i, size), Number(expected, i, size));
                    differences.Add($"{NameOf(formula.GetType())}({operands}) = {given:R}, not {wanted:R}");
                    break;
                }
            }
        }

        Assert.That(differences, Is.Empty);
        Assert.That(compared, Is.GreaterThan(90), "formulas and rules");
        TestContext.Out.WriteLine($"{compared} formulas and rules in {type}.");
    }

    /// <summary>
    /// The closed formulas of the library, each with constants of its own, and the rules of its operations.
    /// </summary>
    internal static IEnumerable<object> All()
    {
        foreach (Type type in typeof(Tensor).Assembly.GetTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            if (!type.IsValueType || type.ContainsGenericParameters || s_partial.Contains(type.Name))
            {
                continue;
            }

            foreach ((Type formula, Type wrapper) in new[]
            {
                (typeof(IUnaryFormula), typeof(Of1<>)), (typeof(IBinaryFormula), typeof(Of2<>)),
                (typeof(ITernaryFormula), typeof(Of3<>)), (typeof(IQuaternaryFormula), typeof(Of4<>)),
            })
            {
                if (formula.IsAssignableFrom(type))
                {
                    yield return Activator.CreateInstance(wrapper.MakeGenericType(type), Make(type))!;
                }
            }

            foreach ((Type operation, Type wrapper, Type[] positions) in new[]
            {
                (typeof(IUnaryOp), typeof(Op1<>), new[] { typeof(First) }),
                (typeof(IBinaryOp), typeof(Op2<>), [typeof(First), typeof(Second)]),
                (typeof(ITernaryOp), typeof(Op3<>), [typeof(First), typeof(Second), typeof(Third)]),
            })
            {
                foreach (Type position in operation.IsAssignableFrom(type) ? positions : [])
                {
                    Type wrapped = wrapper.MakeGenericType(type);
                    object op = Activator.CreateInstance(wrapped, Make(type))!;
                    Type rule = typeof(Rule<,>).MakeGenericType(wrapped, position);
                    yield return Activator.CreateInstance(rule, op)!;
                }
            }
        }

        // What generic operations are made of: a rule by dual numbers, an operand that is a number.
        yield return new Rule<Op1<ByDual<Sin>>, First>(new(new(default)));
        yield return new Rule<Op1<ByDual<Tanh>>, First>(new(new(default)));
        yield return new Held<Op2<Pow>, Second>(default, 2.5);
        yield return new Rule<Held<Op2<Remainder>, Second>, First>(new(default, 0.75));
    }

    private static object Make(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;
        ConstructorInfo? constructor = type.GetConstructors(all)
            .MaxBy(candidate => candidate.GetParameters().Length);
        if (constructor is null || constructor.GetParameters().Length == 0)
        {
            return Activator.CreateInstance(type)!;
        }

        try
        {
            return constructor.Invoke([.. constructor.GetParameters().Select(parameter =>
                Argument(parameter.ParameterType))]);
        }
        catch (Exception e) when (e is TargetInvocationException or ArgumentException)
        {
            return Activator.CreateInstance(type)!;
        }
    }

    private static object? Argument(Type type) => type switch
    {
        _ when type == typeof(double) => 0.75,
        _ when type == typeof(float) => 0.75f,
        _ when type == typeof(int) => 2,
        _ when type == typeof(long) => 2L,
        _ when type == typeof(bool) => true,
        _ when type == typeof(Constant) => new Constant(0.75),
        _ when type.IsValueType => Activator.CreateInstance(type),
        _ => null,
    };

    private static Tensor Operand(int k, DType type)
    {
        System.Random random = new(k);
        double[] values = new double[Count];
        for (int i = 0; i < Count; i++)
        {
            values[i] = i < 192
                ? s_special[(i * (2 * k + 1) + i / s_special.Length * k) % s_special.Length]
                : (random.NextDouble() * 2 - 1) * Math.Pow(10, random.Next(-3, 3));
        }

        return Tensor.From<double>(values).To(type);
    }

    private static byte[]? Run(object formula, Tensor[] x, Device device, DType type)
    {
        Tensor[] operands = [.. x.Select(v => v.To(device))];
        Tensor y = Tensor.Empty([Count], type, device);
        try
        {
            typeof(FormulaKernelTests).GetMethod(nameof(Map), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(formula.GetType()).Invoke(null, [formula, operands, y]);
        }
        catch (TargetInvocationException e) when (e.InnerException is NotSupportedException && device == Device.Cpu)
        {
            return null;
        }

        byte[] bytes = new byte[Count * type.SizeOf()];
        device.Backend.Read(y.View.Storage, 0, bytes);
        return bytes;
    }

    private static void Map<TFormula>(TFormula formula, Tensor[] x, Tensor y) where TFormula : unmanaged, IFormula =>
        y.Device.Backend.Map(formula, [.. x.Select(v => v.View)], y.View, y.DType);

    private static bool Same(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) =>
        a.SequenceEqual(b) || (double.IsNaN(Number(a, 0, a.Length)) && double.IsNaN(Number(b, 0, b.Length)));

    private static double Number(ReadOnlySpan<byte> bytes, int i, int size) =>
        size == 4 ? MemoryMarshal.Cast<byte, float>(bytes)[i] : MemoryMarshal.Cast<byte, double>(bytes)[i];

    private static string NameOf(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : type.Name;
}
