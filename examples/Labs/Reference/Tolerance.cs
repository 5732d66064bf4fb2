using System.Globalization;

namespace Labs.Reference;

/// <summary>Whether a row holds, and if not, why.</summary>
internal readonly record struct Verdict(bool Within, string Why)
{
    public static Verdict Pass { get; } = new(true, "");

    public static Verdict Fail(FormattableString why) => new(false, why.ToString(CultureInfo.InvariantCulture));
}

/// <summary>The rule by which our number agrees with a reference row.</summary>
internal static class Tolerance
{
    /// <summary>A number beyond this has diverged: the runs that must diverge start from losses below 100.</summary>
    public const double Huge = 1e4;

    /// <summary>How far a published number moves when the start was rounded, relative to the row's largest.</summary>
    public const double RoundedStartTolerance = 1e-4;

    /// <summary>
    /// Compares elementwise, in row-major order:
    /// <list type="bullet">
    /// <item>an upper bound: ours &lt;= value;</item>
    /// <item>a run that diverges: any of ours not finite or beyond <see cref="Huge"/>;</item>
    /// <item>otherwise |ours - value| &lt;= atol + rtol |value|, and where a number was published, |ours - published|
    /// is at most one unit of its last printed digit, or <see cref="RoundedStartTolerance"/> of the row's largest
    /// published magnitude where the start was rounded.</item>
    /// </list>
    /// </summary>
    public static Verdict Compare(ReferenceRow row, ReadOnlySpan<double> actual)
    {
        if (row.Diverges)
        {
            foreach (double ours in actual)
            {
                if (!double.IsFinite(ours) || Math.Abs(ours) > Huge)
                {
                    return Verdict.Pass;
                }
            }

            return Verdict.Fail($"PyTorch diverges, ours stays below {Huge:G}");
        }

        double[] expected = row.Expected;
        if (expected.Length != actual.Length)
        {
            return Verdict.Fail($"the row has {expected.Length} numbers, ours {actual.Length}");
        }

        for (int i = 0; i < expected.Length; i++)
        {
            double allowed = row.AtMost ? 0 : row.Atol + row.Rtol * Math.Abs(expected[i]);
            double off = row.AtMost ? actual[i] - expected[i] : Math.Abs(actual[i] - expected[i]);
            // Negated, so that NaN fails.
            if (!(off <= allowed))
            {
                return row.AtMost
                    ? Verdict.Fail($"{At(i)}ours {actual[i]:G9} exceeds {expected[i]:G9}")
                    : Verdict.Fail(
                        $"{At(i)}ours {actual[i]:G9}, PyTorch {expected[i]:G9}: off by {off:G3}, allowed {allowed:G3}");
            }
        }

        var published = row.PublishedDigits;
        if (row.HasPublished && published.Count != actual.Length)
        {
            return Verdict.Fail($"{published.Count} numbers are published, ours are {actual.Length}");
        }

        double largest = published.Count == 0 ? 0 : published.Max(figure => Math.Abs(figure.Value));
        for (int i = 0; i < published.Count; i++)
        {
            // A unit is no binary fraction: allow its own rounding.
            double allowed = (row.RoundedStart ? RoundedStartTolerance * largest : published[i].Unit) * (1 + 1e-9);
            double off = Math.Abs(actual[i] - published[i].Value);
            if (!(off <= allowed))
            {
                double ours = actual[i], theirs = published[i].Value;
                return Verdict.Fail(
                    $"{At(i)}ours {ours:G9}, published {theirs:G9}: off by {off:G3}, allowed {allowed:G3}");
            }
        }

        return Verdict.Pass;

        string At(int i) => expected.Length == 1 ? "" : $"figure {i + 1}: ";
    }
}
