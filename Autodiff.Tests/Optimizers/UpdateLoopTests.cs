using Autodiff.Devices;
using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Optimizers;

/// <summary>The fused loop against plain code: every size, layout and type, rules of 0 to 3 states.</summary>
public class UpdateLoopTests
{
    private const double Rate = 0.05, Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-3, Decay = 0.1;

    public enum Rule
    {
        Plain,
        Momentum,
        Adam,
        AmsGrad,
    }

    private static Optimizer Make(Rule rule, Tensor p) => rule switch
    {
        Rule.Plain => new SGD([p], Rate, weightDecay: Decay),
        Rule.Momentum => new SGD([p], Rate, Beta1, weightDecay: Decay),
        Rule.Adam => new Adam([p], Rate, Beta1, Beta2, Epsilon, Decay),
        _ => new Adam([p], Rate, Beta1, Beta2, Epsilon, Decay, amsGrad: true),
    };

    private static void Reference(Rule rule, int step, double[] g, double[] w, double[] m, double[] v, double[] largest)
    {
        for (int i = 0; i < w.Length; i++)
        {
            double d = g[i] + Decay * w[i];
            switch (rule)
            {
                case Rule.Plain:
                    w[i] -= Rate * d;
                    break;
                case Rule.Momentum:
                    m[i] = Beta1 * m[i] + d;
                    w[i] -= Rate * m[i];
                    break;
                default:
                    m[i] = Beta1 * m[i] + (1 - Beta1) * d;
                    v[i] = Beta2 * v[i] + (1 - Beta2) * d * d;
                    largest[i] = Math.Max(largest[i], v[i]);
                    double scale = rule == Rule.AmsGrad ? largest[i] : v[i];
                    w[i] -= Rate / (1 - Math.Pow(Beta1, step)) * m[i]
                        / (Math.Sqrt(scale / (1 - Math.Pow(Beta2, step))) + Epsilon);
                    break;
            }
        }
    }

    private static double[] Draw(System.Random random, int n)
    {
        double[] x = new double[n];
        for (int i = 0; i < n; i++)
        {
            x[i] = random.NextDouble() * 2 - 1;
        }

        return x;
    }

    private static void Compare(Rule rule, Tensor p, Func<double[], Tensor> gradient, double tolerance, string what)
    {
        int n = (int)p.ElementCount;
        System.Random random = new(n);
        double[] w = p.ToArray<double>(), m = new double[n], v = new double[n], largest = new double[n];
        Optimizer optimizer = Make(rule, p);
        for (int step = 1; step <= 3; step++)
        {
            double[] g = Draw(random, n);
            p.Grad = gradient(g);
            optimizer.Step();
            Reference(rule, step, g, w, m, v, largest);
        }

        double[] actual = p.ToArray<double>();
        double worst = 0;
        for (int i = 0; i < n; i++)
        {
            worst = Math.Max(worst, Math.Abs(actual[i] - w[i]));
        }

        Assert.That(worst, Is.LessThanOrEqualTo(tolerance), what);
    }

    [Test]
    public void Every_size_gives_the_plain_formulas_numbers([Values] Rule rule)
    {
        for (int n = 0; n <= 40; n++)
        {
            double[] start = Draw(new(n + 1000), n);
            Compare(rule, Tensor.From<double>(start, [n]).RequireGrad(), g => Tensor.From<double>(g, [n]), 1e-13,
                $"float64, {n} elements");
            Compare(rule, Tensor.From<double>(start, [n]).To(DType.Float32).RequireGrad(),
                g => Tensor.From<double>(g, [n]).To(DType.Float32), 2e-6, $"float32, {n} elements");
        }
    }

    [Test]
    public void Parts_on_several_threads_join_without_a_seam([Values] Rule rule)
    {
        const int N = 3 * (1 << 15) + 17;
        Compare(rule, Tensor.From<double>(Draw(new(1), N), [N]).RequireGrad(), g => Tensor.From<double>(g, [N]), 1e-13,
            "large");
    }

    [Test]
    public void A_strided_parameter_is_stepped_in_place([Values] Rule rule)
    {
        foreach (int rows in (int[])[1, 3, 37])
        {
            const int Columns = 29;
            Tensor owner = Tensor.From<double>(Draw(new(2), rows * Columns), [rows, Columns]);
            Tensor p = owner.Transpose(0, 1).Detach().RequireGrad();
            Compare(rule, p, g => Tensor.From<double>(g, [Columns, rows]), 1e-13, $"{rows} rows");
            Assert.That(owner.Transpose(0, 1).ToArray<double>(), Is.EqualTo(p.ToArray<double>()),
                "the view's owner sees the step");
        }
    }

    [Test]
    public void A_strided_gradient_is_read_where_it_lies([Values] Rule rule)
    {
        const int Rows = 23, Columns = 31;
        Tensor p = Tensor.From<double>(Draw(new(3), Rows * Columns), [Rows, Columns]).RequireGrad();
        Compare(rule, p, g => Tensor.From<double>(g, [Rows, Columns]).Transpose(0, 1).Clone().Transpose(0, 1), 1e-13,
            "transposed");
    }

    [Test]
    public void A_step_leaves_the_neighbours_of_a_view_alone()
    {
        Tensor owner = Tensor.Zeros([4, 10], DType.Float64);
        Tensor p = owner.Select(1, 3).Detach().RequireGrad();
        p.Grad = Tensor.OnesLike(p);
        new SGD([p], 1).Step();
        Assert.That(owner.Sum().Item(), Is.EqualTo(-4));
        Assert.That(p.ToArray<double>(), Is.All.EqualTo(-1));
    }

    [Test]
    public void Operands_that_differ_in_type_size_or_device_are_refused([Values] bool cuda)
    {
        Device device = cuda ? EmulatedCuda.Device : Device.Cpu, other = cuda ? Device.Cpu : EmulatedCuda.Device;
        Tensor like = Tensor.Ones([4], device: device);
        foreach (Tensor odd in (Tensor[])[like.To(DType.Float64), Tensor.Ones([3], device: device), like.To(other)])
        {
            Refused(new(like.View, odd.View, like.View, like.View, default));
            Refused(new(like.View, like.View, odd.View, like.View, default));
            Refused(new(like.View, like.View, like.View, odd.View, default));
            Refused(new(odd.View, like.View, like.View, like.View, default), device);
        }

        Assert.That(like.ToArray<float>(), Is.All.EqualTo(1));

        void Refused(UpdateOperands operands, Device? on = null) => Assert.That(
            () => (on ?? operands.Parameter.Storage.Device).Backend.Update<AdamRule<Off>>(
                new double[AdamRule<Off>.CoefficientCount], [operands]),
            Throws.ArgumentException.With.Message.StartsWith(
                "Update: parameter, gradient and states must be of one shape and type, on one device; they are ["));
    }

    [Test]
    public void A_step_tells_the_tape_that_the_parameter_changed()
    {
        Tensor p = Tensor.Zeros([3]).RequireGrad();
        p.Grad = Tensor.OnesLike(p);
        int before = p.Storage.Version;
        new SGD([p], 1).Step();
        Assert.That(p.Storage.Version, Is.EqualTo(before + 1));
    }

    [Test]
    public void A_gradient_that_has_become_of_another_type_is_refused()
    {
        foreach (Rule rule in Enum.GetValues<Rule>())
        {
            Tensor p = Tensor.Ones([4]).RequireGrad(), gradient = Tensor.Ones([4]);
            p.Grad = gradient;
            gradient.SetData(gradient.To(DType.Float64), null); // as where it belongs to a module that is converted
            Assert.That(() => Make(rule, p).Step(),
                Throws.ArgumentException.With.Message.Contains("must be of one shape and type"));
            Assert.That(p.ToArray<float>(), Is.All.EqualTo(1));
        }
    }
}
