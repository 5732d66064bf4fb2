using Autodiff.Algebra;
using Autodiff.Nn;
using Autodiff.Operations;

namespace Autodiff.Tests.Cuda.Compilation;

/// <summary>
/// Operations and optimizers of a user's own, in structures that nobody else can see, run on a device as they are: with
/// the processor's bits, gradients and gradients of gradients.
/// </summary>
public class OwnOperationTests
{
    private static readonly double[] s_x = [-3, -0.5, 0.25, 1, 2.25];

    [Test]
    public void A_private_operation_runs_with_its_rule() => Agrees(x => x.Map(new Bump(0.75)));

    [Test]
    public void A_private_operation_of_two_runs_with_its_rule() =>
        Agrees(x => Tensor.Map(default(Scaled), x, x * 0.5 + 2));

    [Test]
    public void A_private_formula_runs_with_dual_numbers() => Agrees(x => x.MapByDual(new Wrapped<Inner>(new(3), 2)));

    [Test]
    public void An_operation_with_a_field_that_no_kernel_can_be_given_is_refused_by_name()
    {
        Tensor x = Tensor.From(s_x).To(EmulatedCuda.Device);
        Assert.That(() => x.Map(default(Pointing)), Throws.TypeOf<NotSupportedException>()
            .With.Message.StartsWith("Pointing._at (IntPtr) can't be given to a GPU's kernel: it is an address."));
        Assert.That((x * 2).ToArray<double>(), Is.EqualTo(s_x.Select(static v => 2 * v)), "the device works on");
    }

    [Test]
    public void A_private_rule_of_an_optimizer_runs_with_all_states_and_many_coefficients()
    {
        double[][] results = new double[2][];
        for (int d = 0; d < 2; d++)
        {
            Tensor[] parameters = [.. new[] { 5, 9 }.Select(n =>
                Tensor.Linspace(-1, 2, n).To(d == 0 ? Device.Cpu : EmulatedCuda.Device).RequireGrad())];
            Own optimizer = new(parameters, new OwnOptions { LearningRate = 0.5 });
            for (int step = 0; step < 3; step++)
            {
                foreach (Tensor parameter in parameters)
                {
                    using (Tensor.NoGrad())
                    {
                        parameter.Grad = parameter * 0.5 + step;
                    }
                }

                optimizer.Step();
            }

            results[d] = [.. parameters.SelectMany(p => p.To(DType.Float64).ToArray<double>())];
        }

        Assert.That(results[1], Is.EqualTo(results[0]));
        Assert.That(results[0], Has.None.NaN);
    }

    private static void Agrees(Func<Tensor, Tensor> f)
    {
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            Assert.That(All(EmulatedCuda.Device), Is.EqualTo(All(Device.Cpu)), $"{type}");

            double[] All(Device device)
            {
                Tensor x = Tensor.From(s_x).To(type).To(device).RequireGrad();
                Tensor y = f(x), first = Autograd.Grad([y.Sum()], [x], createGraph: true)[0]!;
                Tensor second = Autograd.Grad([first.Sum()], [x])[0]!;
                return [.. new[] { y, first, second }.SelectMany(t => t.Detach().To(DType.Float64).ToArray<double>())];
            }
        }
    }

    private readonly struct Bump(double width) : IUnaryOp
    {
        private readonly double _width = width;

        public S F<S>(S x) where S : IReal<S> => S.Const(1) / (S.Const(1) + x * x * S.Const(_width));

        public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * y * y * x * S.Const(-2 * _width);
    }

    private readonly struct Scaled : IBinaryOp
    {
        public S F<S>(S a, S b) where S : IReal<S> => a * b * b;

        public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * b * b;

        public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * a * b * S.Const(2);
    }

    private interface IPower
    {
        S Of<S>(S x) where S : IReal<S>;
    }

    private readonly struct Inner(int factor) : IPower
    {
        private readonly int _factor = factor;

        public S Of<S>(S x) where S : IReal<S> => x * x * S.Const(_factor);
    }

    private readonly struct Wrapped<T>(T inner, float shift) : IUnaryFormula where T : unmanaged, IPower
    {
        private readonly T _inner = inner;
        private readonly float _shift = shift;

        public S F<S>(S x) where S : IReal<S> => _inner.Of(x + S.Const(_shift)) * x;
    }

    private readonly struct Pointing : IUnaryOp
    {
#pragma warning disable CS0649 // there to be refused
        private readonly nint _at;
#pragma warning restore CS0649

        public S F<S>(S x) where S : IReal<S> => x * S.Const(_at);

        public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g;
    }

    private sealed record OwnOptions : OptimizerOptions;

    private sealed class Own(IEnumerable<Tensor> parameters, OwnOptions options)
        : Optimizer<OwnOptions>(parameters, options)
    {
        protected override void Step(ParameterGroup<OwnOptions> group) => Update<Rule>(group);
    }

    private readonly struct Rule : IOptimizerRule<OwnOptions>
    {
        public static int StateCount => 3;

        public static int CoefficientCount => 20;

        public static ReadOnlySpan<string> StateNames => new[] { "a", "b", "c" };

        public static void Prepare(OwnOptions options, ParameterState state, Span<double> k)
        {
            for (int i = 0; i < CoefficientCount; i++)
            {
                k[i] = options.LearningRate / (i + state.Step);
            }
        }

        public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
            where S : IReal<S> where K : struct, IOperands<S>
        {
            s0 = S.FusedMultiplyAdd(g, k[0], s0);
            s1 = s1 * k[7] + g * g * k[19];
            s2 = S.SelectLess(s0, s1, s0 * k[11], s2 + k[13]);
            w = w - s0 * k[3] - s2;
        }
    }
}
