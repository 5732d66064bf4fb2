using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Updates;
using Autodiff.Nn;
using Autodiff.Operations;

namespace Autodiff.Tests.Cuda.Compilation;

/// <summary>The kernel of every optimizer's rule: what it is made of, and its bits beside the processor's.</summary>
[Parallelizable]
public class UpdateRuleKernelTests
{
    private static readonly double[] s_special =
    [
        0, -0.0, 1, -1, 0.5, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e-45, -5e-324, 1.2e-38,
        2.3e-308, 3.4e38, -1.7e308, 1e-20, -1e15,
    ];

    /// <summary>Neither whole accesses of four nor of two, and more than a block.</summary>
    private const int Count = 1031;

    /// <summary>Every rule of the library, with all of its switches.</summary>
    private static IEnumerable<Type> Rules()
    {
        foreach (Type rule in typeof(Optimizer).Assembly.GetTypes().OrderBy(type => type.FullName))
        {
            if (!rule.IsValueType || !typeof(IUpdateRule).IsAssignableFrom(rule) || rule == typeof(Penalized<,>))
            {
                continue;
            }

            int switches = rule.GetGenericArguments().Length;
            for (int bits = 0; bits < 1 << switches; bits++)
            {
                Type[] choice = [.. Enumerable.Range(0, switches)
                    .Select(i => (bits >> i & 1) == 0 ? typeof(Off) : typeof(On))];
                Type chosen = switches == 0 ? rule : rule.MakeGenericType(choice);
                yield return chosen;
                if (chosen.GetInterface(typeof(IOptimizerRule<>).Name) is not null)
                {
                    yield return typeof(Penalized<,>).MakeGenericType(chosen, typeof(Off));
                    yield return typeof(Penalized<,>).MakeGenericType(chosen, typeof(On));
                }
            }
        }
    }

    [Test]
    public void A_kernel_bears_the_name_of_the_rule_that_is_penalized() => Assert.That(
        KernelName.Of<Penalized<AdamRule<On>, Off>>(UpdateKernel.Name), Is.EqualTo("update_AdamRule"));

    [TestCase(DType.Float32, "v4.f32")]
    [TestCase(DType.Float64, "v2.f64")]
    public void Every_rule_takes_accesses_of_sixteen_bytes_and_no_local_memory(DType type, string access)
    {
        Type[] rules = [.. Rules()];
        Assert.That(rules, Has.Length.GreaterThan(18));
        Assert.Multiple(() =>
        {
            foreach (Type rule in rules)
            {
                foreach (bool hasTable in (bool[])[false, true])
                {
                    foreach (int width in (int[])[1, 16 / type.SizeOf()])
                    {
                        string text = Text(rule, new(type, width, hasTable)), name = $"{rule}, {width} wide";
                        Assert.That(
                            text, Does.Not.Contain(".local").And.Not.Contain(".func").And.Not.Contain("call"), name);
                        if (width > 1)
                        {
                            Assert.That(
                                text, Does.Contain("ld.global." + access).And.Contain("st.global." + access), name);
                        }
                    }
                }
            }
        });
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Every_rule_gives_the_bits_of_the_processor(DType type)
    {
        int compared = 0;
        foreach (Type rule in Rules())
        {
            Expect(nameof(Step), rule, type);
            compared++;
        }

        TestContext.Out.WriteLine($"{compared} rules in {type}.");
    }

    private static void Expect(string method, Type rule, DType type) =>
        typeof(UpdateRuleKernelTests).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(rule).Invoke(null, [type]);

    private static void Step<TRule>(DType type) where TRule : struct, IUpdateRule
    {
        double[] coefficients = [.. Enumerable.Range(0, TRule.CoefficientCount).Select(i => 0.375 + 0.0625 * i)];
        double[][] results = new double[2][];
        for (int d = 0; d < 2; d++)
        {
            Device device = d == 0 ? Device.Cpu : EmulatedCuda.Device;
            Tensor[] x = [.. Enumerable.Range(0, 2 * 5).Select(k => Values(k, type).To(device))];
            device.Backend.Update<TRule>(coefficients, [Operands(x, 0), Operands(x, 5)]);
            results[d] = [.. x.SelectMany(t => t.To(DType.Float64).ToArray<double>())];
        }

        Assert.That(results[1].Select(BitConverter.DoubleToInt64Bits),
            Is.EqualTo(results[0].Select(BitConverter.DoubleToInt64Bits)).Using<long>(static (a, b) =>
                a == b || (IsNaN(a) && IsNaN(b))),
            typeof(TRule).ToString());

        static bool IsNaN(long bits) => double.IsNaN(BitConverter.Int64BitsToDouble(bits));

        static UpdateOperands Operands(Tensor[] x, int k) =>
            new(x[k].View, x[k + 1].View, x[k + 2].View, x[k + 3].View, x[k + 4].View);
    }

    private static Tensor Values(int k, DType type)
    {
        System.Random random = new(k);
        double[] values = new double[Count - k / 5];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = i < 256
                ? s_special[(i * (2 * k + 1) + i / s_special.Length * k) % s_special.Length]
                : (random.NextDouble() * 2 - 1) * Math.Pow(10, random.Next(-3, 3));
        }

        return Tensor.From<double>(values).To(type);
    }

    private static string Text(Type rule, UpdateVariant variant)
    {
        var method = (MethodInfo)typeof(UpdateKernel).GetMethod(nameof(UpdateKernel.Method))!
            .MakeGenericMethod(rule).Invoke(null, [variant])!;
        return KernelCompiler.Compile(method, "update", BlockSizes.Cuda.Block, rule.Name).Text;
    }
}
