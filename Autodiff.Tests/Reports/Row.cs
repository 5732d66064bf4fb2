namespace Autodiff.Tests.Reports;

/// <summary>
/// Rows of the tables in this folder. Each is the input of a public report about some library of this field
/// (repository#number), or one of its kind, with the answer that mathematics gives; the reports say where
/// implementations go wrong, not what is right.
/// </summary>
internal static class Row
{
    public const double Inf = double.PositiveInfinity, NaN = double.NaN;

    /// <summary>A call whose result holds exactly these numbers.</summary>
    public static TestCaseData Gives(string claim, Func<Tensor> call, params double[] expected) =>
        new TestCaseData(call, expected, 0.0).SetArgDisplayNames(claim);

    /// <summary>A call whose result holds these numbers up to a relative error.</summary>
    public static TestCaseData Near(string claim, double within, Func<Tensor> call, params double[] expected) =>
        new TestCaseData(call, expected, within).SetArgDisplayNames(claim);

    /// <summary>A call that is refused with a message that holds all these words.</summary>
    public static TestCaseData Refused(string claim, Action call, params string[] words) =>
        new TestCaseData(call, words).SetArgDisplayNames(claim);

    /// <summary>
    /// Compares as a table says: NaN and infinities are themselves; errors count relative to the expected number, for 0
    /// absolutely.
    /// </summary>
    public static void Check(Func<Tensor> call, double[] expected, double within)
    {
        double[] actual = call().Detach().To(DType.Float64).Reshape(-1).ToArray<double>();
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        Assert.Multiple(() =>
        {
            for (int i = 0; i < expected.Length; i++)
            {
                double bound = double.IsFinite(expected[i])
                    ? within * (expected[i] == 0 ? 1 : Math.Abs(expected[i]))
                    : 0;
                Assert.That(actual[i], Is.EqualTo(expected[i]).Within(bound),
                    $"element {i} of [{string.Join(", ", actual.Take(24))}]");
            }
        });
    }

    /// <summary>
    /// A mistake of the caller is answered by an exception that says so, never by one that only a fault of the library
    /// throws.
    /// </summary>
    public static void CheckRefused(Action call, string[] words)
    {
        Exception? e = Assert.Catch(() => call());
        Assert.That(e,
            Is.InstanceOf<ArgumentException>().Or.InstanceOf<InvalidOperationException>()
                .Or.InstanceOf<InvalidDataException>());
        foreach (string word in words)
        {
            Assert.That(e!.Message, Does.Contain(word).IgnoreCase);
        }
    }

    public static Tensor Leaf(params double[] values) => Tensor.From(values).RequireGrad();

    public static Tensor Leaf(double[,] values) => Tensor.From(values).RequireGrad();

    /// <summary>The gradient of f's sum at x.</summary>
    public static Tensor Slope(Tensor x, Func<Tensor, Tensor> f)
    {
        f(x).Sum().Backward();
        return x.Grad!;
    }

    public static Tensor Slope(double x, Func<Tensor, Tensor> f) => Slope(Leaf(x), f);

    public static Tensor Slope(double[] x, Func<Tensor, Tensor> f) => Slope(Leaf(x), f);

    /// <summary>The derivative of the given order of f's sum, each order from the graph of the one before.</summary>
    public static Tensor Derivative(int order, double x, Func<Tensor, Tensor> f)
    {
        Tensor at = Leaf(x), y = f(at);
        for (int i = 0; i < order; i++)
        {
            Tensor? slope = Autograd.Grad([y.Sum()], [at], createGraph: true, allowUnused: true)[0];
            if (slope is null)
            {
                return Tensor.From(0.0);
            }

            y = slope;
        }

        return y;
    }

    /// <summary>Whether all elements are finite, as 1 or 0.</summary>
    public static Tensor Finite(Tensor x) => x.IsFinite().All().To(DType.Float64);

    /// <summary>A truth value as a row's number.</summary>
    public static Tensor Truth(bool value) => Tensor.From(value ? 1.0 : 0.0);
}
