using System.Diagnostics;
using System.Globalization;
using Autodiff.IO;
using Autodiff.Nn;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Texts of tensors, tapes and modules under any culture, and what is not numbers among numbers.</summary>
public class PrintReportTests
{
    private static readonly string[] Cultures = ["", "de-DE", "fr-FR", "tr-TR", "ar-SA", "fa-IR", "sv-SE"];

    /// <summary>ScottPlot#512: decimal commas, another minus, other digits.</summary>
    [TestCaseSource(nameof(Cultures))]
    public void Texts_are_the_same_under_any_culture(string name)
    {
        CultureInfo before = CultureInfo.CurrentCulture, beforeUi = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = Culture(name);
            Assert.Multiple(() =>
            {
                Assert.That(Tensor.From(1.5f, -2.25f).ToString(), Is.EqualTo("tensor([ 1.5000, -2.2500])"));
                Assert.That(Tensor.From(1e-8f, 1e8f).ToString(), Is.EqualTo("tensor([1.0000e-08, 1.0000e+08])"));
                Assert.That(Tensor.From(float.NaN, float.PositiveInfinity, float.NegativeInfinity).ToString(),
                    Is.EqualTo("tensor([nan, inf, -inf])"));
                Assert.That(Tensor.From(1L, -1000).ToString(), Is.EqualTo("tensor([    1, -1000])"));
                string tape = Tape.Of((Leaf(2) * 0.5).Pow(1.5)).ToString(),
                    modules = new Sequential(new Dropout(0.5), new LeakyReLU(0.01)).ToString()!;
                Assert.That(tape, Does.Not.Contain("0,5").And.Not.Contain("1,5").And.Not.Contain('٫'));
                Assert.That(modules, Does.Contain("0.5").And.Contain("0.01"));
            });
            using MemoryStream file = new();
            NpyFile.Save(file, Tensor.Zeros([1000, 2]));
            file.Position = 0;
            Assert.That(NpyFile.Load(file).Shape.ToArray(), Is.EqualTo(new[] { 1000, 2 }));
            SGD optimizer = new([Leaf(1)], 0.5);
            optimizer.LoadStateDict(new SGD([Leaf(1)], 0.25).StateDict());
            Assert.That(optimizer.LearningRate, Is.EqualTo(0.25));
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (before, beforeUi);
        }
    }

    /// <summary>
    /// A culture of that name; without the system's tables one that differs from the invariant one in all that could
    /// show.
    /// </summary>
    private static CultureInfo Culture(string name)
    {
        try
        {
            return new CultureInfo(name);
        }
        catch (CultureNotFoundException)
        {
            return new CultureInfo("")
            {
                NumberFormat = { NumberDecimalSeparator = name[0] is 'a' or 'f' ? "٫" : ",", NegativeSign = "−",
                    NaNSymbol = "?", PositiveInfinitySymbol = "∞" },
            };
        }
    }

    private static IEnumerable<TestCaseData> Texts()
    {
        yield return Row("tensor(3.1416)", () => Tensor.Scalar(3.14159274f));
        yield return Row("tensor([1.], dtype=float64)", () => Tensor.From(1.0));
        yield return Row("tensor([])", () => Tensor.Zeros([0]));
        yield return Row("tensor([], size=(0, 3))", () => Tensor.Zeros([0, 3]));
        yield return Row("tensor([1.5000,    nan])", () => Tensor.From(1.5f, float.NaN));
        yield return Row("tensor([1., nan])", () => Tensor.From(1f, float.NaN));
        yield return Row("tensor([-0.])", () => Tensor.From(-0f));
        yield return Row("tensor([1.0000e+00, 1.0000e+10])", () => Tensor.From(1f, 1e10f));
        yield return Row("tensor([ True, False])", () => Tensor.From(true, false));
        yield return Row("tensor([1.], requires_grad=True)", () => Tensor.From(1f).RequireGrad());
        yield return Row("tensor([   0,    1,    2,  ...,  998,  999, 1000])", () => Tensor.Arange(1001));
        yield return Row("tensor([3.4028e+38, 1.4013e-45])", () => Tensor.From(float.MaxValue, float.Epsilon));
        yield return Row("tensor([-9223372036854775808,  9223372036854775807])",
            () => Tensor.From(long.MinValue, long.MaxValue));
        yield return Row("tensor([[  1.0000,  -2.5000],\n        [100.0000,   0.0000]])",
            () => Tensor.From(new[,] { { 1f, -2.5f }, { 100f, 0f } }));
        yield return Row($"tensor({new string('[', 20)}1.{new string(']', 20)})",
            () => Tensor.Ones([.. Enumerable.Repeat(1, 20)]));

        static TestCaseData Row(string text, Func<Tensor> make) =>
            new TestCaseData(make, text).SetArgDisplayNames(text.Replace('\n', ' '));
    }

    [TestCaseSource(nameof(Texts))]
    public void A_tensor_prints_as(Func<Tensor> make, string text) => Assert.That(make().ToString(), Is.EqualTo(text));

    [Test]
    public void A_million_elements_are_summarized_without_being_formatted([Values] bool transposed)
    {
        Tensor x = Tensor.Rand([1000, 1000]);
        Stopwatch watch = Stopwatch.StartNew();
        string text = (transposed ? x.T : x).ToString();
        Assert.That(text.Length, Is.LessThan(2000));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)), "all of them would be tens of megabytes");
    }

    [Test]
    public void A_culture_that_is_asked_for_is_used() =>
        Assert.That(string.Format(new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } }, "{0:F2}",
            Tensor.Scalar(3.14159274f)), Is.EqualTo("3,14"));
}
