using Autodiff.Tests.Cuda;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>
/// int64 keeps all its digits, also above 2^53 where float64 has none left; quotients of the extremes don't end the
/// process.
/// </summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class IntegerTests(string device) : DeviceFixture(device)
{
    /// <summary>2^53 + 1, the first integer that float64 lacks.</summary>
    private const long Odd = 9007199254740993;

    private static Tensor Long(params long[] values) => Tensor.From(values);

    private static IEnumerable<TestCaseData> Digits()
    {
        yield return Row("sum", () => Long(Odd, 0).Sum(), Odd);
        yield return Row("addition", () => Long(Odd) + Long(1), Odd + 1);
        yield return Row("product", () => Long(3037000500) * Long(3037000499), 3037000500L * 3037000499);
        yield return Row("a plain number added", () => Long(Odd) + 1, Odd + 1);
        yield return Row("largest", () => Long(Odd, Odd - 1).Max(), Odd);
        yield return Row("the places of a sort", () => Long(Odd, Odd - 1).Sort().Item2, 1, 0);
        yield return Row("the place of the largest", () => Long(Odd - 1, Odd).ArgMax(), 1);
        yield return Row("comparison", () => (Long(Odd, Odd) > Long(Odd - 1, Odd)).To(DType.Int64), 1, 0);
        yield return Row("equality", () => Long(Odd).Eq(Long(Odd - 1)).To(DType.Int64), 0);
        yield return Row("abs", () => Long(-Odd).Abs(), Odd);
        yield return Row("negation", () => -Long(-Odd), Odd);
        yield return Row("clamp", () => Long(-Odd).Clamp(Long(long.MinValue), Long(long.MaxValue)), -Odd);
        yield return Row("Where", () => Tensor.Where(Tensor.From(true), Long(Odd), Long(0)), Odd);
        yield return Row("power", () => Long(3).Pow(Long(39)), 4052555153018976267);
        yield return Row("quotient", () => Long(Odd).FloorDivide(Long(2)), 4503599627370496);
        yield return Row("remainder", () => Long(Odd) % Long(2), 1);
        yield return Row("dot product", () => Long(3037000499, 1).Dot(Long(3037000499, 1)),
            3037000499L * 3037000499 + 1);
        yield return Row("matrix product",
            () => Long(3037000499, 1).Reshape(1, 2).MatMul(Long(3037000499, 1).Reshape(2, 1)).Reshape(1),
            3037000499L * 3037000499 + 1);
        yield return Row("range", () => Tensor.Arange(Odd - 1, Odd + 3, 1, DType.Int64), Odd - 1, Odd, Odd + 1,
            Odd + 2);
        yield return Row("cupy#3941 int32 matrix products wrap as the elementwise product does",
            () =>
                Tensor.From(new[,] { { 65537 } }).MatMul(Tensor.From(new[,] { { 65537 } })).To(DType.Int64).Reshape(1),
                    131073);
        yield return Row("IndexAdd", () => Tensor.Zeros([1], DType.Int64).IndexAdd(0, Long(0), Long(Odd)), Odd);
        yield return Row("ScatterAdd", () => Tensor.Zeros([1], DType.Int64).ScatterAdd(0, Long(0), Long(Odd)), Odd);
        yield return Row("unique", () => Long(Odd).Unique().Values, Odd);
        yield return Row("a part that is set", () =>
        {
            Tensor x = Tensor.Zeros([1], DType.Int64);
            x[0] = Tensor.Scalar(Odd);
            return x;
        }, Odd);
        yield return Row("int32 sums are int64", () => Tensor.From(int.MaxValue, int.MaxValue, int.MaxValue).Sum(),
            3L * int.MaxValue);
        yield return Row("so are running sums", () => Tensor.From(int.MaxValue, int.MaxValue).CumSum(0), int.MaxValue,
            2L * int.MaxValue);
        yield return Row("and products", () => Tensor.From(1 << 20, 1 << 20).Prod(), 1L << 40);
        yield return Row("int32 addition wraps as C# does", () => (Tensor.From(int.MaxValue) + 1).To(DType.Int64),
            int.MinValue);
        yield return Row("int32 products wrap", () => (Tensor.From(65537) * Tensor.From(65537)).To(DType.Int64),
            131073);
        yield return Row("pytorch#120597 fmod of the smallest by -1", () => Long(long.MinValue).Fmod(Long(-1)), 0);
        yield return Row("pytorch#153919 remainder of the smallest by -1",
            () => Long(long.MinValue).Remainder(Long(-1)), 0);
        yield return Row("pytorch#190041 fmod of the smallest int32 by -1",
            () => Tensor.From(int.MinValue).Fmod(Tensor.From(-1)).To(DType.Int64), 0);
        yield return Row("floor division and remainder round to -infinity",
            () => Tensor.Cat([Long(-7).FloorDivide(Long(2)), Long(-7).Remainder(Long(2))]), -4, 1);
        yield return Row("int64 to float32 rounds to the nearest",
            () => Long(16777217, 16777219).To(DType.Float32).To(DType.Int64), 16777216, 16777220);

        static TestCaseData Row(string claim, Func<Tensor> call, params long[] expected) =>
            new TestCaseData(call, expected).SetArgDisplayNames(claim);
    }

    [TestCaseSource(nameof(Digits))]
    public void Integers_keep_their_digits(Func<Tensor> call, long[] expected)
    {
        Tensor result = call();
        Assert.That(result.DType, Is.EqualTo(DType.Int64));
        Assert.That(result.ToArray<long>(), Is.EqualTo(expected));
    }

    private static IEnumerable<TestCaseData> Types()
    {
        yield return Row("a fraction beside int32", () => Tensor.From(1) + 2.5, DType.Float32, 3.5);
        yield return Row("a quotient of integers", () => Tensor.From(1) / Tensor.From(2), DType.Float32, 0.5);
        yield return Row("a number of float64 beside a vector of float32",
            () => Tensor.Scalar(2.0) * Tensor.From(1f, 2), DType.Float32, 2, 4);
        yield return Row("truth values added", () => Tensor.From(true) + Tensor.From(true), DType.Bool, 1);
        yield return Row("a negative power of integers by a fraction", () => Tensor.From(2).Pow(-1.0), DType.Float32,
            0.5);
        yield return Row("FloatPower of integers", () => Tensor.From(2).FloatPower(-2), DType.Float64, 0.25);
        yield return Row("numbers to truth values: NaN is true", () => Tensor.From(NaN, 0.1, 0).To(DType.Bool),
            DType.Bool, 1, 1, 0);

        static TestCaseData Row(string claim, Func<Tensor> call, DType type, params double[] expected) =>
            new TestCaseData(call, type, expected).SetArgDisplayNames(claim);
    }

    [TestCaseSource(nameof(Types))]
    public void Types_follow_from_the_operands(Func<Tensor> call, DType type, double[] expected)
    {
        Tensor result = call();
        Assert.That(result.DType, Is.EqualTo(type));
        Check(() => result, expected, 0);
    }

    private static IEnumerable<TestCaseData> Extremes()
    {
        yield return Row("pytorch#190042 the smallest int32 by -1 wraps to itself",
            () => Tensor.From(int.MinValue).FloorDivide(Tensor.From(-1)), int.MinValue);
        yield return Row("the smallest int64 by -1 wraps to itself",
            () => Tensor.From(long.MinValue).FloorDivide(Tensor.From(-1L)), long.MinValue);
        yield return Row("a negative power of integers", () => Tensor.From(2).Pow(Tensor.From(-1)), 0);

        static TestCaseData Row(string claim, Func<Tensor> call, double expected) =>
            new TestCaseData(call, expected).SetArgDisplayNames(claim);
    }

    /// <summary>A trap of the processor would end the process here.</summary>
    [TestCaseSource(nameof(Extremes))]
    public void What_has_no_integer_answer_wraps_or_is_refused(Func<Tensor> call, double expected)
    {
        try
        {
            Assert.That(call().Item(), Is.EqualTo(expected));
        }
        catch (Exception e) when (e is ArithmeticException or InvalidOperationException or ArgumentException)
        {
            Assert.That(e.Message, Is.Not.Empty);
        }
    }

    [Test]
    public void Means_and_variances_of_integers_are_refused()
    {
        CheckRefused(() => Tensor.From(1L, 2).Mean(), ["int64"]);
        CheckRefused(() => Tensor.From(1L, 3).Var(), ["int64"]);
    }

    [Test]
    public void Out_of_range_numbers_become_some_integer() =>
        Assert.That(Tensor.From(NaN, Inf, 1e30).To(DType.Int64).ElementCount, Is.EqualTo(3));
}
