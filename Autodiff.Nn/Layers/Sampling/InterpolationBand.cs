using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>Interpolation along one dimension as weights of entries.</summary>
/// <param name="Inputs">Entries of the dimension.</param>
/// <param name="Outputs">How many results there are.</param>
/// <param name="Factor">The factor by which it was asked to grow; null where a size was.</param>
/// <param name="AlignCorners">Whether the middles of the corner entries stay where they are, rather than the outer
/// edges.</param>
/// <param name="Type">The type whose rounding decides which entry is nearest.</param>
internal readonly record struct InterpolationBand(
    int Inputs, int Outputs, double? Factor, bool AlignCorners, DType Type)
{
    /// <summary>Entries to a result.</summary>
    private double Scale => Round(AlignCorners
        ? Outputs > 1 ? Round(Inputs - 1) / Round(Outputs - 1) : 0
        : Factor is { } factor and > 0 ? 1 / factor : Round(Inputs) / Round(Outputs));

    /// <summary>The nearest entry: in the middle of the result, or at its beginning.</summary>
    public Band Nearest(bool exact)
    {
        (InterpolationBand self, double scale, int last) = (this, Scale, Inputs - 1);
        return Band.Of(Inputs, Outputs, o =>
        {
            double at = self.Round(exact ? self.Round(scale * (o + 0.5)) : scale * o);
            return [(Math.Min((int)MathF.Floor((float)at), last), 1)];
        });
    }

    /// <summary>Straight lines between neighbours; the entries themselves where their number stays, whatever the
    /// factor.</summary>
    public Band Linear()
    {
        if (Inputs == Outputs)
        {
            return Band.Of(Inputs, Outputs, static o => [(o, 1)]);
        }

        (InterpolationBand self, double scale, int last) = (this, Scale, Inputs - 1);
        return Band.Of(Inputs, Outputs, o =>
        {
            double at = self.AlignCorners ? self.Round(scale * o) : Math.Max(self.Round(scale * (o + 0.5) - 0.5), 0);
            int first = Math.Min((int)at, last);
            double share = Math.Clamp(at - first, 0, 1);
            return [(first, 1 - share), (Math.Min(first + 1, last), share)];
        });
    }

    /// <summary>Cubic convolution with a = -3/4 (Keys, "Cubic convolution interpolation for digital image processing",
    /// 1981).</summary>
    public Band Cubic()
    {
        (InterpolationBand self, double scale, int last) = (this, Scale, Inputs - 1);
        return Band.Of(Inputs, Outputs, o =>
        {
            double at = self.Round(self.AlignCorners ? scale * o : scale * (o + 0.5) - 0.5);
            int first = (int)Math.Floor(at);
            double share = at - first;
            return Enumerable.Range(-1, 4).Select(j => (Math.Clamp(first + j, 0, last), CubicKernel(share - j, -0.75)));
        });
    }

    /// <summary>A triangle or a cubic kernel (a = -1/2), widened where the result has fewer entries, so that every
    /// entry counts.</summary>
    /// <param name="cubic">Whether the kernel is the cubic one.</param>
    public Band Smooth(bool cubic)
    {
        (double scale, int inputs) = (Scale, Inputs);
        double wider = Math.Max(scale, 1), support = (cubic ? 2 : 1) * wider;
        return Band.Of(Inputs, Outputs, o =>
        {
            double middle = scale * (o + 0.5);
            int first = Math.Max((int)(middle - support + 0.5), 0);
            int count = Math.Min((int)(middle + support + 0.5), inputs) - first;
            double[] weights = [.. Enumerable.Range(0, count).Select(j => Kernel((j + first - middle + 0.5) / wider))];
            double sum = weights.Sum();
            return weights.Select((weight, j) => (first + j, weight / sum));
        });

        double Kernel(double x) => cubic ? CubicKernel(x, -0.5) : Math.Max(1 - Math.Abs(x), 0);
    }

    private static double CubicKernel(double x, double a)
    {
        x = Math.Abs(x);
        return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
    }

    private double Round(double value) => Type == DType.Float32 ? (float)value : value;
}
