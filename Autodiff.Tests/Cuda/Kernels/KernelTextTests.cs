using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Autodiff.Algebra;
using Autodiff.Gpu;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Gpu.Ptx;
using Autodiff.Operations;
using Autodiff.Tests.Elementwise;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>
/// The kernels as text. Some stand in Fixtures/ptx to be read, so that a change of what is generated is seen in review;
/// with AUTODIFF_UPDATE_PTX=1 the test rewrites them in the source tree.
/// </summary>
[Parallelizable]
public partial class KernelTextTests
{
    private static IEnumerable<TestCaseData> Golden()
    {
        yield return new TestCaseData("relu",
            Text<Of1<Relu>>(1, 4, AccessPattern.Linear, AccessPattern.Linear))
            .SetArgDisplayNames("relu");
        yield return new TestCaseData(
            "sigmoid-vjp",
            Text<Rule<Op1<Sigmoid>, First>>(1, 4, AccessPattern.Linear, AccessPattern.Linear,
                AccessPattern.Linear, AccessPattern.Linear))
                .SetArgDisplayNames("sigmoid-vjp");
        yield return new TestCaseData("add-row",
            Text<Of2<Add>>(2, 4, AccessPattern.Linear, AccessPattern.Linear, AccessPattern.Linear))
            .SetArgDisplayNames("add-row");
        yield return new TestCaseData("sum-rows", Sum()).SetArgDisplayNames("sum-rows");
    }

    [TestCaseSource(nameof(Golden))]
    public void Kernels_read_as_they_stand_in_the_fixtures(string name, string text)
    {
        if (Environment.GetEnvironmentVariable("AUTODIFF_UPDATE_PTX") == "1")
        {
            Directory.CreateDirectory(SourceFolder());
            File.WriteAllText(Path.Combine(SourceFolder(), $"{name}.ptx"), text);
        }
        else
        {
            string reviewed = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "ptx",
                $"{name}.ptx"));
            Assert.That(text, Is.EqualTo(reviewed),
                "If the change is meant, run this test with AUTODIFF_UPDATE_PTX=1, which rewrites "
                    + $"Autodiff.Tests/Fixtures/ptx/{name}.ptx, and commit that file.");
        }
    }

    /// <summary>
    /// NVIDIA's assembler takes every kernel of the table, without spilling registers, where it is on the PATH; its
    /// output says whether it was.
    /// </summary>
    [Test]
    public void The_assembler_accepts_every_kernel_of_the_table()
    {
        CudaContext context = new(EmulatedCuda.Driver, 0);
        Device device = new CudaBackend(context).Device;
        foreach (OperationRow row in OperationTable.Rows)
        {
            foreach (DType type in new[] { DType.Float32, DType.Float64 })
            {
                Tensor[] x =
                    [.. row.Domain.Select((range, k) =>
                        Tensor.Linspace(range.Low, range.High, 5, type).Roll(k).To(device).RequireGrad())];
                Tensor y = row.Call(x);
                if (row.IsDifferentiable)
                {
                    y.Sum().Backward();
                }
            }
        }

        string[] texts = [.. context.LoadedTexts.Order(StringComparer.Ordinal)];
        Assert.That(texts, Has.Length.GreaterThan(2 * OperationTable.Rows.Count),
            "every row has a kernel of its own in each precision");
        Assert.That(texts, Has.None.Contains(".local"), "no kernel has tables or spilled structures");
        if (Find("ptxas") is not { } assembler)
        {
            TestContext.Out.WriteLine(
                $"There is no ptxas on the PATH; {texts.Length} kernels ran interpreted and were not assembled.");
            return;
        }

        string module = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"kernels-{Environment.ProcessId}.ptx");
        File.WriteAllText(module, KernelWriter.Header + string.Concat(texts.Select((text, i) =>
            Entry().Replace(text[text.IndexOf(".visible", StringComparison.Ordinal)..],
                match => $".entry {match.Groups[1].Value}_{i}("))));
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(assembler,
                ["-arch=sm_80", "-v", module, "-o", module + ".cubin"]) { RedirectStandardError = true })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, said);
            Assert.That(Spills().Matches(said).Select(match => match.Value), Is.Empty, said);
            TestContext.Out.WriteLine($"{assembler} assembled {texts.Length} kernels.");
        }
        finally
        {
            File.Delete(module);
            File.Delete(module + ".cubin");
        }
    }

    [Test]
    public void Kernels_bear_their_operations_names()
    {
        Assert.That(KernelName.Of<Of1<Relu>>("map"), Is.EqualTo("map_Relu"));
        Assert.That(KernelName.Of<Rule<Op1<Sigmoid>, First>>("map"), Is.EqualTo("map_Sigmoid_vjp"));
    }

    [GeneratedRegex(@"\.entry (\w+)\(")]
    private static partial Regex Entry();

    [GeneratedRegex("[1-9][0-9]* bytes spill stores")]
    private static partial Regex Spills();

    private static string Text<TFormula>(int rank, int width, params AccessPattern[] patterns)
        where TFormula : unmanaged, IFormula
    {
        ElementVariant variant = new() { Compute = DType.Float32, Rank = rank, Width = width, Unroll = 1 };
        for (int k = 0; k < patterns.Length; k++)
        {
            variant.Operand(k, DType.Float32, patterns[k]);
        }

        return KernelCompiler.Compile(
            MapTypes.Kernel<TFormula>(variant), KernelName.Of<TFormula>("map"), BlockSizes.Cuda.Block,
            OperationName.Of<TFormula>()).Text;
    }

    private static string Sum()
    {
        ReduceVariant variant = new()
        {
            From = DType.Float32, Compute = DType.Float32, To = DType.Float32, Vector = 4, LogLanes = 3,
        };
        return KernelCompiler.Compile(
            ReduceRowsKernel.Method(Folds.Sum, variant),
            KernelName.Of<Fold<Identity, Add>>(ReduceRowsKernel.Name), BlockSizes.Cuda.Block, "sum").Text;
    }

    /// <summary>A program on the PATH.</summary>
    internal static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program))
        .FirstOrDefault(File.Exists);

    private static string SourceFolder([CallerFilePath] string file = "") =>
        Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "Fixtures", "ptx");
}
