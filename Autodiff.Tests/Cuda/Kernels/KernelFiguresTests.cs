using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Autodiff.Gpu;
using Autodiff.Gpu.Driver;
using Autodiff.Nn;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>
/// What kernels cost, as far as that is seen without a GPU; the output is a table. The kernel is that of one operation
/// on 16,384 elements of float32. Registers, spills and machine instructions are there where NVIDIA's ptxas and
/// cuobjdump are on the PATH.
/// </summary>
public partial class KernelFiguresTests
{
    private const int Count = 16_384, Side = 128;

    /// <summary>How many times the instructions of the texts that programs wrote are still as good.</summary>
    private const double Most = 1.1;

    /// <summary>
    /// Operations; then the instructions an element of their kernels when a program wrote the text, and the bytes of
    /// the widest access that they should have.
    /// </summary>
    private static readonly (string Name, double Written, int Access, Func<Device, Action> Prepare)[] s_kernels =
    [
        ("map of one operand, y = max(x, 0)", 6.0, 16, d => One(d, x => x.Relu())),
        ("map of one operand, y = 1 / (1 + e^-x)", 39.0, 16, d => One(d, x => x.Sigmoid())),
        ("map of two, y = a + b", 5.8, 16, d => Two(d, (a, b) => a + b)),
        ("map of two, a matrix and a row", 9.5, 16, d => Two(d, (a, b) => Square(a) + b[..Side])),
        ("map of two, a matrix and a transposed one", 12.0, 4, d => Two(d, (a, b) => Square(a) + Square(b).T)),
        ("map of three, where", 10.0, 16, d => Three(d, Tensor.Where)),
        ("map with a slow path, y = sin x", 48.0, 16, d => One(d, x => x.Sin())),
        ("comparison, y = a < b", 10.2, 16, d => Two(d, (a, b) => a.Lt(b))),
        ("conversion to float64", 5.2, 16, d => One(d, x => x.To(DType.Float64))),
        ("copy of every other element", 3.4, 16, d => One(d, x => x.Reshape(-1, 2).Select(1, 0).Clone())),
        ("copy that transposes a matrix", 34.2, 4, d => One(d, x => Square(x).T.Clone())),
        ("fill", 3.5, 16, d => One(d, x => Tensor.Full([Count], 2.5, DType.Float32, x.Device))),
        ("sum of rows", 5.0, 16, d => One(d, x => Square(x).Sum(1))),
        ("sum of columns", 7.4, 16, d => One(d, x => Square(x).Sum(0))),
        ("largest of rows and where", 54.5, 8, d => One(d, x => Square(x).ArgMax(1))),
        ("softmax of rows", 42.1, 16, d => One(d, x => Square(x).Softmax(1))),
        ("running sums of rows", 32.2, 16, d => One(d, x => Square(x).CumSum(1))),
        ("running sums of columns", 40.0, 4, d => One(d, x => Square(x).CumSum(0))),
        ("sort of rows", 564.7, 8, d => One(d, x => Square(x).Sort(1).Values)),
        ("the largest 3 of rows", 555.9, 8, d => One(d, x => Square(x).TopK(3, 1).Values)),
        ("gather of rows", 11.3, 16, d => Indexed(d, (x, at) => x.IndexSelect(0, at))),
        ("scatter of rows with sums", 21.6, 16, d => Indexed(d, (x, at) => x.IndexAdd(0, at, x))),
        ("Philox, uniform", 38.5, 16, d => Drawn(d, Tensor.Rand)),
        ("Philox, normal", 86.0, 16, d => Drawn(d, Tensor.Randn)),
        ("step of SGD", 16.5, 16, d => Step(d, 1, p => new SGD(p, 0.1))),
        ("step of SGD with momentum", 20.0, 16, d => Step(d, 1, p => new SGD(p, 0.1, momentum: 0.9))),
        ("step of Adam", 31.0, 16, d => Step(d, 1, p => new Adam(p, 0.1))),
        ("step of Adam, 16 parameters", 31.0, 16, d => Step(d, 16, p => new Adam(p, 0.1))),
        ("step of AdamW", 31.0, 16, d => Step(d, 1, p => new AdamW(p, 0.1))),
        ("step of RMSprop", 26.5, 16, d => Step(d, 1, p => new RMSprop(p, 0.1))),
        ("step of Adagrad", 23.8, 16, d => Step(d, 1, p => new Adagrad(p, 0.1))),
    ];

    [Test]
    public void Kernels_are_no_longer_than_written_ones_take_whole_accesses_and_keep_their_numbers_in_registers()
    {
        bool hasAssembler = KernelTextTests.Find("ptxas") is not null && KernelTextTests.Find("cuobjdump") is not null;
        TestContext.Out.WriteLine("| kernel | PTX instructions an element | bytes of the widest access | registers "
            + "| spilled bytes | machine instructions |");
        TestContext.Out.WriteLine("|---|--:|--:|--:|--:|--:|");
        foreach ((string name, double written, int access, Func<Device, Action> prepare) in s_kernels)
        {
            CudaContext context = new(EmulatedCuda.Driver, 0);
            Device device = new CudaBackend(context).Device;
            Action run = prepare(device);
            HashSet<string> before = [.. context.LoadedTexts];
            run();
            long steps = EmulatedCuda.Driver.Steps;
            run();
            steps = EmulatedCuda.Driver.Steps - steps;
            string[] texts = [.. context.LoadedTexts.Where(text => !before.Contains(text))];
            int widest = texts.Max(WidestAccess);
            double taken = 32.0 * steps / Count;
            List<string> row =
                [name, string.Create(CultureInfo.InvariantCulture, $"{written:F1} / {taken:F1}"), $"{widest}"];
            row.AddRange(hasAssembler ? Assembled(texts) : ["", "", ""]);
            TestContext.Out.WriteLine($"| {string.Join(" | ", row)} |");
            Assert.That(taken, Is.LessThanOrEqualTo(Most * written), name);
            Assert.That(texts, Has.None.Contains(".local"), name);
            Assert.That(widest, Is.GreaterThanOrEqualTo(access), name);
            Assert.That(row[4], Is.EqualTo("").Or.EqualTo("0"), name);
        }
    }

    private static Action One(Device device, Func<Tensor, Tensor> f)
    {
        Tensor x = Numbers(1).To(device);
        return () => f(x);
    }

    private static Action Two(Device device, Func<Tensor, Tensor, Tensor> f)
    {
        Tensor a = Numbers(1).To(device), b = Numbers(2).To(device);
        return () => f(a, b);
    }

    private static Action Three(Device device, Func<Tensor, Tensor, Tensor, Tensor> f)
    {
        Tensor c = Numbers(3).Lt(0).To(device), a = Numbers(1).To(device), b = Numbers(2).To(device);
        return () => f(c, a, b);
    }

    private static Action Indexed(Device device, Func<Tensor, Tensor, Tensor> f)
    {
        Tensor x = Square(Numbers(1)).To(device);
        Tensor at = (Tensor.Arange(0L, Side, 1, DType.Int64) * 5).Remainder(Side).To(device);
        return () => f(x, at);
    }

    private static Action Drawn(Device device, Func<Shape, DType, Device?, Generator?, Tensor> draw)
    {
        PhiloxGenerator generator = new(1);
        return () => draw([Count], DType.Float32, device, generator);
    }

    private static Action Step(Device device, int parameters, Func<IReadOnlyList<Tensor>, Optimizer> make)
    {
        Tensor[] all = [.. Enumerable.Range(0, parameters).Select(k =>
        {
            Tensor parameter = Numbers(k)[..(Count / parameters)].Clone().To(device).RequireGrad();
            parameter.Grad = Numbers(k + 1)[..(Count / parameters)].Clone().To(device);
            return parameter;
        })];
        Optimizer optimizer = make(all);
        return optimizer.Step;
    }

    private static Tensor Numbers(int seed) => Tensor.Randn([Count], generator: new PhiloxGenerator(seed));

    private static Tensor Square(Tensor x) => x.Reshape(Side, Side);

    private static int WidestAccess(string ptx) => Accesses().Matches(ptx).Max(static match =>
        (match.Groups[1].Success ? match.Groups[1].Value[2] - '0' : 1)
        * int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) / 8);

    /// <summary>Registers, spilled bytes and instructions of the longest of some kernels.</summary>
    private static string[] Assembled(string[] texts)
    {
        (int Registers, int Spills, int Instructions) most = default;
        foreach (string text in texts)
        {
            string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"kernel-{Environment.ProcessId}");
            File.WriteAllText(file + ".ptx", text);
            string said = Run("ptxas", "-arch=sm_80", "-v", file + ".ptx", "-o", file + ".cubin");
            string machine = Run("cuobjdump", "-sass", file + ".cubin");
            File.Delete(file + ".ptx");
            File.Delete(file + ".cubin");
            (int, int, int) its = (Number(Registers().Match(said)), Number(Spills().Match(said)),
                MachineInstructions().Count(machine));
            most = its.Item3 > most.Instructions ? its : most;
        }

        return [$"{most.Registers}", $"{most.Spills}", $"{most.Instructions}"];

        static int Number(Match match) => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(KernelTextTests.Find(program)!, arguments)
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, said);
        return said;
    }

    [GeneratedRegex(@"\b(?:ld|st)\.global(?:\.[a-uw-z]\w*)*?(\.v[248])?\.[busf](\d+)\b")]
    private static partial Regex Accesses();

    [GeneratedRegex("Used ([0-9]+) registers")]
    private static partial Regex Registers();

    [GeneratedRegex("([0-9]+) bytes spill stores")]
    private static partial Regex Spills();

    // What fills the end of the code, and the loop behind it, is not counted.
    [GeneratedRegex(@"^\s+/\*0*([0-9a-f]+)\*/(?>\s+)(?!NOP)(?!BRA 0x\1;)", RegexOptions.Multiline)]
    private static partial Regex MachineInstructions();
}
