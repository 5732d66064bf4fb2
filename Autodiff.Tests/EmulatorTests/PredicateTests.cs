using static Autodiff.Tests.EmulatorTests.PtxBench;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>Comparisons, predicates and choices of the PTX interpreter against known answers.</summary>
[TestFixture]
[Parallelizable]
public sealed class PredicateTests
{
    private const float Nan = float.NaN;

    // For the pairs (1, 2), (2, 2), (3, 2), (NaN, 2): with and without "unordered counts".
    [TestCase("eq", "0100")]
    [TestCase("ne", "1010")]
    [TestCase("lt", "1000")]
    [TestCase("le", "1100")]
    [TestCase("gt", "0010")]
    [TestCase("ge", "0110")]
    [TestCase("equ", "0101")]
    [TestCase("neu", "1011")]
    [TestCase("ltu", "1001")]
    [TestCase("leu", "1101")]
    [TestCase("gtu", "0011")]
    [TestCase("geu", "0111")]
    [TestCase("num", "1110")]
    [TestCase("nan", "0001")]
    public void Relations_of_floats_know_nan(string relation, string expected)
    {
        uint[] wanted = [.. expected.Select(digit => (uint)(digit - '0'))];
        Assert.That(
            Map<float, float, uint>($"setp.{relation}.f32 %q0, %a, %b; selp.b32 %d, 1, 0, %q0;", [1, 2, 3, Nan],
                [2, 2, 2, 2]), Is.EqualTo(wanted));
        Assert.That(
            Map<double, double, uint>($"setp.{relation}.f64 %q0, %a, %b; selp.b32 %d, 1, 0, %q0;", [1, 2, 3, Nan],
                [2, 2, 2, 2]), Is.EqualTo(wanted));
    }

    [TestCase("lt.s32", "100")]
    [TestCase("lt.u32", "000")]
    [TestCase("lo.u32", "000")]
    [TestCase("hi.u32", "101")]
    [TestCase("hs.u32", "111")]
    [TestCase("ls.u32", "010")]
    [TestCase("ge.s32", "011")]
    [TestCase("ne.b32", "101")]
    public void Relations_of_integers_know_signs(string relation, string expected) => Assert.That(
        Map<int, int, uint>($"setp.{relation} %q0, %a, %b; selp.u32 %d, 1, 0, %q0;", [-1, 2, 3], [1, 2, 2]),
        Is.EqualTo(expected.Select(digit => (uint)(digit - '0'))));

    [Test]
    public void A_relation_is_joined_with_a_third_predicate_and_gives_its_opposite()
    {
        const string Program =
            "setp.gt.s32 %q2, %b, 0; setp.lt.and.s32 %q0|%q1, %a, 5, {0}; selp.b32 %t0, 1, 0, %q0; selp.b32 %d, 2, 0, "
                + "%q1; add.u32 %d, %d, %t0;";
        int[] a = [1, 9, 1, 9], b = [1, 1, 0, 0];
        Assert.That(Map<int, int, uint>(Program.Replace("{0}", "%q2"), a, b), Is.EqualTo(new[] { 1u, 2u, 0u, 0u }));
        Assert.That(Map<int, int, uint>(Program.Replace("{0}", "!%q2"), a, b), Is.EqualTo(new[] { 0u, 0u, 1u, 2u }));
    }

    [Test]
    public void Predicates_are_combined()
    {
        const string Program = "setp.ne.s32 %q0, %a, 0; setp.ne.s32 %q1, %b, 0; {0}; selp.b32 %d, 1, 0, %q2;";
        int[] a = [0, 0, 1, 1], b = [0, 1, 0, 1];
        Assert.That(Map<int, int, uint>(Program.Replace("{0}", "and.pred %q2, %q0, %q1"), a, b),
            Is.EqualTo(new[] { 0u, 0u, 0u, 1u }));
        Assert.That(Map<int, int, uint>(Program.Replace("{0}", "or.pred %q2, %q0, %q1"), a, b),
            Is.EqualTo(new[] { 0u, 1u, 1u, 1u }));
        Assert.That(Map<int, int, uint>(Program.Replace("{0}", "xor.pred %q2, %q0, %q1"), a, b),
            Is.EqualTo(new[] { 0u, 1u, 1u, 0u }));
        Assert.That(Map<int, int, uint>(Program.Replace("{0}", "not.pred %q2, %q0"), a, b),
            Is.EqualTo(new[] { 1u, 1u, 0u, 0u }));
        Assert.That(Map<int, int, uint>(Program.Replace("{0}", "mov.pred %q2, %q1"), a, b),
            Is.EqualTo(new[] { 0u, 1u, 0u, 1u }));
    }

    [Test]
    public void Choices_by_predicate_and_by_sign()
    {
        Assert.That(Map<double, double, double>("setp.lt.f64 %q0, %a, %b; selp.f64 %d, %a, %b, %q0;", [1, 3], [2, 2]),
            Is.EqualTo(new[] { 1.0, 2 }));
        Assert.That(Map<uint, int, uint>("slct.b32.s32 %d, %a, 7, %b;", [1, 1], [0, -1]), Is.EqualTo(new[] { 1u, 7u }));
    }

    [Test]
    public void Floats_are_tested()
    {
        float[] numbers = [1, 0, 1e-45f, float.PositiveInfinity, Nan];
        Assert.That(Ask("finite", numbers), Is.EqualTo(new[] { 1u, 1u, 1u, 0u, 0u }));
        Assert.That(Ask("infinite", numbers), Is.EqualTo(new[] { 0u, 0u, 0u, 1u, 0u }));
        Assert.That(Ask("number", numbers), Is.EqualTo(new[] { 1u, 1u, 1u, 1u, 0u }));
        Assert.That(Ask("notanumber", numbers), Is.EqualTo(new[] { 0u, 0u, 0u, 0u, 1u }));
        Assert.That(Ask("subnormal", numbers), Is.EqualTo(new[] { 0u, 0u, 1u, 0u, 0u }));
    }

    [Test]
    public void Only_lanes_whose_guard_holds_execute() =>
        Assert.That(Map<int, int>("mov.b32 %d, 5; setp.gt.s32 %q0, %a, 0; @%q0 mov.b32 %d, 1; @!%q0 add.s32 %d, %d, 1;",
            1, -1), Is.EqualTo(new[] { 1, 6 }));

    private static uint[] Ask(string what, float[] numbers) =>
        Map<float, uint>($"testp.{what}.f32 %q0, %a; selp.b32 %d, 1, 0, %q0;", numbers);
}
