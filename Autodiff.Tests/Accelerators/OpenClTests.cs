using System.Reflection;
using System.Text.RegularExpressions;
using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Gpu.Kernels.Rows;
using Autodiff.Operations;
using Autodiff.Tests.Cuda.Compilation;

namespace Autodiff.Tests.Accelerators;

/// <summary>Kernels as OpenCL's source, and on a device where the machine has one.</summary>
[Parallelizable]
public class OpenClTests
{
    [Test]
    public void Products_and_selections_are_the_engines_own()
    {
        string source = AcceleratorDevices.OpenClSource(default(Sigmoid));
        Assert.That(source, Does.Contain("kernel void").And.Contain("fma(").And.Contain(", -0.0f)"));
        Assert.That(AcceleratorDevices.OpenClSource(default(Sigmoid), DType.Float64), Does.Contain("double"));
    }

    [Test]
    public void Quotients_and_roots_of_float32_are_corrected_by_what_is_left()
    {
        // q = x / y; n = -q; r = fma(n, y, x)
        Assert.That(AcceleratorDevices.OpenClSource(default(Reciprocal)), Does.Match(
            @"(\w+) = +([\w.]+) +/ +(\w+) +;\s+(\w+) = +-\( *\1 *\) *;\s+\w+ = +fma\( *\4 *, +\3 *, +\2 *\)"));
        Assert.That(AcceleratorDevices.OpenClSource(default(Sqrt)), Does.Match(
            @"(\w+) = +sqrt\( *(\w+) *\) *;\s+(\w+) = +-\( *\1 *\) *;\s+\w+ = +fma\( *\3 *, +\1 *, +\2 *\)"));

        // Of float64 the standard demands that they are right.
        Assert.That(AcceleratorDevices.OpenClSource(default(Sqrt), DType.Float64),
            Does.Contain("sqrt(").And.Not.Contain("fma("));
        Assert.That(AcceleratorDevices.OpenClSource(default(Reciprocal), DType.Float64), Does.Not.Contain("fma("));
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Every_formula_and_rule_has_a_source_without_a_product_that_could_be_contracted(DType type)
    {
        MethodInfo[] kernels =
            [.. FormulaKernelTests.All().Select(formula => Kernel(formula, type)).OfType<MethodInfo>()];
        string[] sources = [.. OpenClCompiler.Sources(kernels)];
        Assert.That(sources, Has.Length.GreaterThan(180));
        Regex product = new(@"\((float|double)\) \w+ \*"); // ILGPU's own
        for (int k = 0; k < sources.Length; k++)
        {
            Assert.That(product.Match(sources[k]).Value, Is.Empty, $"{kernels[k]}");
            Assert.That(sources[k], Does.Contain("kernel void"));
        }

        // The kernel of a formula; null where it is defined on integers alone.
        static MethodInfo? Kernel(object formula, DType type)
        {
            int arity = (int)formula.GetType().GetProperty(nameof(IFormula.Arity))!.GetValue(null)!;
            ElementVariant variant = new() { Compute = type, Rank = 1, Width = 1, Unroll = 1 };
            for (int k = 0; k <= arity; k++)
            {
                variant.Operand(k, type, AccessPattern.Linear);
            }

            try
            {
                return (MethodInfo)typeof(MapCache).GetMethod(nameof(MapCache.Method))!
                    .MakeGenericMethod(formula.GetType()).Invoke(null, [formula, variant])!;
            }
            catch (TargetInvocationException e) when (e.InnerException is NotSupportedException)
            {
                return null;
            }
        }
    }

    [Test]
    public void Kernels_with_barriers_hand_numbers_over_in_shared_memory()
    {
        ReduceVariant sums = new()
        {
            From = DType.Float32, Compute = DType.Float32, To = DType.Float32, Vector = 4, LogLanes = 3,
        };
        RowVariant rows = new()
        {
            From = DType.Float32, Compute = DType.Float64, To = DType.Float32, Vector = 1, LogLanes = 3,
        };
        foreach (MethodInfo kernel in (MethodInfo[])[
            ReduceRowsKernel.Method(Folds.Sum, sums), ReduceColumnsKernel.Method(Folds.Sum, sums),
            NormalizeKernel.Method(rows), ScanKernel.Method<Fold<Identity, Add>>(rows), ArgReduceKernel.Method(rows),
            SortKernel.Method(rows), ProductKernel.Method(DType.Float32), ProductKernel.Method(DType.Int64)])
        {
            string source = OpenClCompiler.Source(kernel);
            Assert.That(source, Does.Contain("barrier").And.Contain("local ").And.Not.Contain("sub_group_shuffle"),
                kernel.DeclaringType!.Name);
        }
    }

    [Test]
    public void A_device_computes_what_the_processor_does()
    {
        Device device;
        try
        {
            device = Device.OpenCl();
        }
        catch (PlatformNotSupportedException e)
        {
            Assert.Ignore(e.Message);
            return;
        }

        Tensor x = Tensor.Arange(-3.0, 3, 0.01);
        Assert.That(x.To(device).Sigmoid().To(Device.Cpu).ToArray<float>(),
            Is.EqualTo(x.Sigmoid().ToArray<float>()).Within(4).Ulps);
        Assert.That(x.To(device).Sum().Item(), Is.EqualTo(x.Sum().Item()).Within(1e-3));
    }
}
