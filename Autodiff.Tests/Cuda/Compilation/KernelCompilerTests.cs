using System.Reflection;
using System.Text.RegularExpressions;
using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Operations;
using Autodiff.Tests.Cuda.Kernels;

#pragma warning disable CS0169, CS0414, CS0649 // fields are there to be passed, not all to be read or set

namespace Autodiff.Tests.Cuda.Compilation;

/// <summary>
/// Kernels that are C# methods: once a process, from any thread, and what can't be one says so and harms no other.
/// </summary>
[Parallelizable]
public partial class KernelCompilerTests
{
    [Test]
    public void A_formula_that_cannot_be_compiled_says_why_and_harms_no_other()
    {
        Tensor x = Tensor.Ones([5], device: EmulatedCuda.Device);
        NotSupportedException? thrown = Assert.Throws<NotSupportedException>(() => Run(default(Throwing), x));
        NotSupportedException? called = Assert.Throws<NotSupportedException>(() => Run(default(Calling), x));
        Assert.Multiple(() =>
        {
            Assert.That(thrown?.Message, Does.Contain(nameof(Throwing)).And.Contain("hrow").And.Contain("Device.Cpu"));
            Assert.That(called?.Message, Does.Contain(nameof(Calling)));
            Assert.That(Run(default(After), x).ToArray<float>(), Has.All.EqualTo(8f));
            Assert.That(Assert.Throws<NotSupportedException>(() =>
                Run(default(Throwing), x))?.Message, Is.EqualTo(thrown?.Message));
        });
    }

    [Test]
    public void Functions_that_integers_lack_are_refused_before_a_kernel_is_made()
    {
        Tensor x = Tensor.Arange(4).To(EmulatedCuda.Device), y = Tensor.Empty([4], DType.Int64, EmulatedCuda.Device);
        Assert.That(
            () => EmulatedCuda.Device.Backend.Map(default(Of1<Sqrt>), [x.View], y.View, DType.Int64),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("Sqrt").And.Message.Contains("integers"));
    }

    [Test]
    public void What_the_compiler_keeps_in_memory_goes_when_it_has_nothing_to_do()
    {
        _ = Compile<Of1<Kept>>(Flat(DType.Float32, 1));
        object? kept = KernelCompiler.Kept;
        Assert.That(() => kept is null || KernelCompiler.Kept != kept, Is.True.After(60_000, 50));
    }

    [TestCase(DType.Float32, 4, "add.rn.f32")]
    [TestCase(DType.Float64, 2, "add.rn.f64")]
    public void A_formulas_kernel_can_be_read_without_a_device(DType dtype, int width, string sum)
    {
        string text = Autodiff.Cuda.Ptx(default(After), dtype);
        Assert.That(text, Is.EqualTo(Compile<Of1<After>>(Flat(dtype, 1, width)).Text));
        Assert.That(text, Does.Contain(".entry").And.Contain(sum));
    }

    [Test]
    public void A_kernel_of_integers_is_not_made_of_a_formula_alone() => Assert.That(
        () => Autodiff.Cuda.Ptx(default(After), DType.Int64),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith(
            "Ptx: After is wanted over Int64; its text is to be had for Float32 and Float64."));

    [Test]
    public void Threads_share_one_kernel()
    {
        ElementVariant variant = Flat(DType.Float32, 1);
        CompiledKernel[] kernels = new CompiledKernel[6];
        Parallel.For(0, kernels.Length, i => kernels[i] = i % 2 == 0
            ? Compile<Of1<Shared>>(variant) : Compile<Of1<SharedToo>>(variant));
        Assert.Multiple(() =>
        {
            Assert.That(kernels, Has.None.Null);
            Assert.That(kernels.Distinct().Count(), Is.EqualTo(2));
            Assert.That(kernels[0].Text, Does.Contain(".entry map_Shared("));
        });
    }

    [Test]
    public void Neighbours_come_in_accesses_of_sixteen_bytes_and_nothing_lies_in_local_memory()
    {
        ElementVariant bools = Flat(DType.Bool, 2);
        bools.Compute = DType.Int32;
        ElementVariant far = new() { Compute = DType.Float32, Rank = 24, Width = 1, Unroll = 1 };
        far.Operand(0, DType.Float32, AccessPattern.Strided);
        far.Operand(1, DType.Float32, AccessPattern.Linear);
        ElementVariant sine = Flat(DType.Float64, 1, 2);
        sine.HasSlowPath = true;
        (string Text, string Access)[] kernels =
        [
            (Compile<Of2<Add>>(Flat(DType.Float32, 2)).Text, "ld.global.v4.f32"),
            (Compile<Of2<Add>>(Flat(DType.Float64, 2, 2)).Text, "ld.global.v2.f64"),
            (Compile<Of2<Add>>(Flat(DType.Int32, 2)).Text, "ld.global.v4.b32"),
            (Compile<Of2<Maximum>>(bools).Text, "ld.global.v4.b8"),
            (Compile<Of1<Sin>>(sine).Text, "st.global.v2.f64"),
            (Compile<Of1<Exp>>(far).Text, "st.global.f32"),
        ];
        Assert.Multiple(() =>
        {
            foreach ((string text, string access) in kernels)
            {
                Assert.That(text, Does.Contain(access));
                Assert.That(text, Does.Not.Contain(".local").And.Not.Contain(".func").And.Not.Contain("call"));
                Assert.That(Contractible().Matches(text).Select(match =>
                    match.Value), Is.Empty, "every rounding is spelled out");
            }
        });
    }

    [Test]
    public void No_layout_puts_anything_into_local_memory()
    {
        DType[] types = [DType.Float32, DType.Bool, DType.Int64, DType.Float64, DType.Int32];
        int compared = 0;
        Assert.Multiple(() =>
        {
            foreach (int rank in new[] { 1, 2, 5 })
            {
                foreach (int width in new[] { 1, 2, 4, 16 })
                {
                    ElementVariant variant = new()
                    {
                        Compute = types[(rank + width) % 5 == 1 ? 0 : (rank + width) % 5], Rank = rank, Width = width,
                        Unroll = rank == 2 ? 2 : rank == 1 && width == 4 ? 4 : 1,
                    };
                    for (int k = 0; k <= 3; k++)
                    {
                        AccessPattern pattern = k == 3 ? (AccessPattern)(2 * (rank % 2)) : (AccessPattern)k;
                        bool bytes = width == 16 && pattern == AccessPattern.Linear;
                        DType type = bytes ? DType.Bool : types[(k + rank) % 5];
                        variant.Operand(k, type, pattern == AccessPattern.Repeated && rank == 1
                            ? AccessPattern.Single : pattern);
                    }

                    string text = Compile<Of3<Where>>(variant).Text;
                    Assert.That(text, Does.Not.Contain(".local").And.Not.Contain("call"), $"rank {rank}, {width} wide");
                    compared++;
                }
            }
        });
        Assert.That(compared, Is.EqualTo(12));
    }

    [Test]
    public void Cheap_formulas_and_long_ones_are_told_apart()
    {
        Assert.Multiple(() =>
        {
            Assert.That(FormulaCost<Of2<Add>>.Of(default, DType.Float32), Is.EqualTo(1));
            Assert.That(FormulaCost<Of1<Relu>>.Of(default, DType.Float32), Is.EqualTo(2));
            Assert.That(FormulaCost<Of1<Sin>>.Of(default, DType.Float32), Is.GreaterThan(48));
            Assert.That(FormulaCost<Of1<Exp>>.Of(default, DType.Float64),
                Is.GreaterThan(FormulaCost<Of1<Exp>>.Of(default, DType.Float32)));
        });
    }

    [Test]
    public void Dimensions_that_no_two_of_which_are_one_are_walked()
    {
        // Twelve dimensions of 2, which lie in the other order in the operand.
        Tensor x = Tensor.Arange(4096).To(DType.Float32).Reshape([.. Enumerable.Repeat(2, 12)]);
        int[] turned = [.. Enumerable.Range(0, 12).Reverse()];
        Tensor expected = x.Permute(turned) * 0.5, actual = x.To(EmulatedCuda.Device).Permute(turned) * 0.5;
        Assert.That(actual.ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
    }

    [Test]
    public void Every_instruction_has_words_for_both_languages()
    {
        MethodInfo[] methods = [.. Instructions.Methods];
        Assert.That(methods, Has.Length.GreaterThan(40));
        Assert.Multiple(() =>
        {
            foreach (MethodInfo method in methods)
            {
                InstructionAttribute words = method.GetCustomAttribute<InstructionAttribute>()!;
                int arguments = method.GetParameters().Length;
                Assert.That(words.Ptx, Does.Contain("%0").And.Contain($"%{arguments}"), method.ToString());
                if (words.OpenClType is { } instead)
                {
                    MethodInfo? other = instead.GetMethod(method.Name);
                    Assert.That(other?.ToString(), Is.EqualTo(method.ToString()), $"{instead}");
                }
                else
                {
                    Assert.That(words.OpenCl, Does.Contain($"%{arguments}"), method.ToString());
                }
            }
        });
    }

    [GeneratedRegex(@"\b(add|sub|mul|div|mad)\.f(32|64)")]
    private static partial Regex Contractible();

    private static ElementVariant Flat(DType type, int arity, int width = 4)
    {
        ElementVariant variant = new() { Compute = type, Rank = 1, Width = width, Unroll = 1 };
        for (int k = 0; k <= arity; k++)
        {
            variant.Operand(k, type, AccessPattern.Linear);
        }

        return variant;
    }

    private static CompiledKernel Compile<TFormula>(ElementVariant variant)
        where TFormula : unmanaged, IFormula => KernelCompiler.Compile(
        MapTypes.Kernel<TFormula>(variant), KernelName.Of<TFormula>("map"), BlockSizes.Cuda.Block,
            OperationName.Of<TFormula>());

    private static Tensor Run<TOp>(TOp op, Tensor x) where TOp : unmanaged, IUnaryFormula
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType, x.Device);
        x.Device.Backend.Map(new Of1<TOp>(op), [x.View], y.View, x.DType);
        return y;
    }

    private readonly struct Throwing : IUnaryFormula
    {
        private readonly int _count;

        public S F<S>(S x) where S : IReal<S> => _count < 100 ? x : throw new InvalidOperationException("Too many.");
    }

    private readonly struct Calling : IUnaryFormula
    {
        private readonly double _by;

        public S F<S>(S x) where S : IReal<S> => x * S.Const(Math.Cbrt(_by));
    }

    private readonly struct After : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => x + S.Const(7);
    }

    private readonly struct Kept : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => x + S.Const(17);
    }

    private readonly struct Shared : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => x + S.Const(11);
    }

    private readonly struct SharedToo : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => x + S.Const(13);
    }
}
