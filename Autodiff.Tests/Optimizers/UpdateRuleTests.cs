using Autodiff.Algebra;
using Autodiff.Nn;

namespace Autodiff.Tests.Optimizers;

/// <summary>Update rules as formulas: what holds their coefficients makes no difference.</summary>
public class UpdateRuleTests
{
    [Test]
    public void A_rule_gives_the_same_bits_whether_its_coefficients_are_an_array_or_fields()
    {
        Expect<SGDRule>();
        Expect<SGDMomentumRule<Off>>();
        Expect<SGDMomentumRule<On>>();
        Expect<AdamRule<Off>>();
        Expect<AdamRule<On>>();
        Expect<AdamWRule<Off>>();
        Expect<AdamWRule<On>>();
        Expect<AdamaxRule>();
        Expect<NAdamRule>();
        Expect<RAdamRule>();
        Expect<AdagradRule>();
        Expect<AdadeltaRule>();
        Expect<ASGDRule>();
        Expect<RpropRule>();
        Expect<RMSpropRule<Off, Off>>();
        Expect<RMSpropRule<Off, On>>();
        Expect<RMSpropRule<On, Off>>();
        Expect<RMSpropRule<On, On>>();
        Expect<Penalized<SGDRule, Off>>();
        Expect<Penalized<SGDRule, On>>();

        static void Expect<TRule>() where TRule : struct, IUpdateRule
        {
            Scalar[] k = [.. Enumerable.Range(0, TRule.CoefficientCount)
                .Select(static i => (Scalar)(0.375 + 0.0625 * i))];
            (Scalar, Scalar, Scalar, Scalar) fromArray = Step<TRule, Listed<Scalar>>(new(k)),
                fromFields = Step<TRule, Fields<Scalar>>(Fields<Scalar>.Of(k));
            Assert.That(fromFields, Is.EqualTo(fromArray), typeof(TRule).Name);
            Assert.That(fromArray.Item1.Value, Is.Not.EqualTo(2).And.Not.NaN, typeof(TRule).Name);
        }
    }

    [Test]
    public void A_rule_reads_every_coefficient_that_it_counts()
    {
        // None beyond them: there the array of the test above ends.
        Expect<Penalized<SGDRule, On>>();
        Expect<Penalized<SGDMomentumRule<On>, On>>();
        Expect<Penalized<AdamRule<On>, On>>();
        Expect<AdamWRule<On>>();
        Expect<Penalized<AdamaxRule, On>>();
        Expect<Penalized<RMSpropRule<On, On>, On>>();

        static void Expect<TRule>() where TRule : struct, IUpdateRule
        {
            bool[] read = new bool[TRule.CoefficientCount];
            Step<TRule, Noting>(new(read));
            Assert.That(read, Is.All.True, typeof(TRule).Name);
        }
    }

    private static (Scalar Parameter, Scalar State0, Scalar State1, Scalar State2) Step<TRule, K>(K k)
        where TRule : struct, IUpdateRule where K : struct, IOperands<Scalar>
    {
        Scalar w = 2, s0 = 0.25, s1 = 0.5, s2 = 0.125;
        TRule.Apply(k, (Scalar)0.75, ref w, ref s0, ref s1, ref s2);
        return (w, s0, s1, s2);
    }

    /// <summary>As a compiler that knows neither spans nor arrays has them.</summary>
    private struct Fields<S> : IOperands<S> where S : IReal<S>
    {
        private S _0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11;

        public static Fields<S> Of(ReadOnlySpan<S> k)
        {
            Span<S> all = new S[12];
            k.CopyTo(all);
            return new()
            {
                _0 = all[0], _1 = all[1], _2 = all[2], _3 = all[3], _4 = all[4], _5 = all[5],
                _6 = all[6], _7 = all[7], _8 = all[8], _9 = all[9], _10 = all[10], _11 = all[11],
            };
        }

        public readonly S this[int index] => index switch
        {
            0 => _0, 1 => _1, 2 => _2, 3 => _3, 4 => _4, 5 => _5, 6 => _6, 7 => _7, 8 => _8, 9 => _9, 10 => _10,
            _ => _11,
        };
    }

    private readonly struct Noting(bool[] read) : IOperands<Scalar>
    {
        public Scalar this[int index]
        {
            get
            {
                read[index] = true;
                return 0.5;
            }
        }
    }
}
