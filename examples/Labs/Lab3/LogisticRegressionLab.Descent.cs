using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// Walking downhill: Adam at a glance, plain descent by hand, momentum, Adam.
internal sealed partial class LogisticRegressionLab
{
    private const int Steps = 50;

    private static readonly (double X, double Y) s_start = (-4, 4);

    private static void WatchAdam(LabContext lab)
    {
        #region peaks
        var walk = Walk.Minimize(Surfaces.Peaks, start: (0, 1.2), p => new Adam(p, learningRate: 0.75));
        #endregion

        lab.Check("context", "peaks from (0,1.2)", walk.End);
        lab.Figure("peaks", Draw("Peaks, and Adam on its way", Surfaces.Peaks, 3, ("Adam", walk)));
    }

    private static void DescendByHand(LabContext lab)
    {
        var value = Surfaces.Fancy(Tensor.Scalar(-4f), Tensor.Scalar(4f));
        lab.Output("rank", $"Fancy(-4, 4) = {value}, rank {value.Rank}: a tensor, which can be asked for derivatives");

        var walk = DescendOn(Surfaces.Fancy, s_start, alpha: 3);
        lab.Check("manual optimization", "fancy", walk.At(5));
        lab.Figure("too-fast", Draw("Plain descent with α = 3", Surfaces.Fancy, 5, ("descent", walk)));

        var rows = new List<object?[]>();
        foreach (double alpha in new[] { 0.7, 3, 2, 1.2, 0.3, 0.1 })
        {
            walk = DescendOn(Surfaces.Fancy, s_start, alpha);
            int arrived = walk.Height.FindIndex(height => height < -1.649);
            rows.Add([alpha, .. walk.End, arrived < 0 ? "never" : $"after {arrived} steps"]);
        }

        const double slow = 0.7;
        lab.Figure("plain-descent", LiveLandscapes.Descent("Plain descent",
            Draw("Plain descent with α = 0.7", Surfaces.Fancy, 5,
                ("descent", DescendOn(Surfaces.Fancy, s_start, slow))),
            slow));
        lab.Table("rates", ["$\\alpha$", "$x$", "$y$", "$f$", "at the bottom"], rows.OrderBy(row => (double)row[0]!));
    }

    private static Walk DescendOn(Func<Tensor, Tensor, Tensor> f, (double X, double Y) start, double alpha)
    {
        var walk = new Walk();
        var x = Tensor.Scalar((float)start.X).RequireGrad();
        var y = Tensor.Scalar((float)start.Y).RequireGrad();
        for (int step = 0; step < Steps; step++)
        {
            var height = f(x, y);
            walk.Add(x, y, height);
            height.Backward();                      // fills x.Grad and y.Grad
            using (Tensor.NoGrad())                 // the update itself isn't to be differentiated
            {
                x -= alpha * x.Grad!;
                y -= alpha * y.Grad!;
            }

            (x.Grad, y.Grad) = (null, null);        // or the next Backward would add to them
        }

        walk.Add(x, y, f(x, y));
        return walk;
    }

    private static void DescendWithMomentum(LabContext lab)
    {
        const double alpha = 0.1, mu = 0.8;
        lab.Figure("momentum", LiveLandscapes.Descent("Momentum",
            Draw("Momentum of 0.8", Surfaces.Fancy, 5, ("momentum", DescendWithVelocity(s_start, alpha, mu))),
            alpha, mu));
        var byHand = DescendWithVelocity(s_start, alpha, mu);
        var library = Walk.Minimize(Surfaces.Fancy, s_start, p => new SGD(p, learningRate: alpha, momentum: mu));
        lab.Output("momentum",
            $"by hand      ({byHand.X[^1]:F6}, {byHand.Y[^1]:F6})\nlibrary SGD  ({library.X[^1]:F6}, "
                + $"{library.Y[^1]:F6})");
    }

    private static Walk DescendWithVelocity((double X, double Y) start, double alpha, double mu)
    {
        var walk = new Walk();
        var point = Tensor.From((float)start.X, (float)start.Y).RequireGrad();
        var velocity = Tensor.ZerosLike(point);
        for (int step = 0; step <= Steps; step++)
        {
            var height = Surfaces.Fancy(point[0], point[1]);
            walk.Add(point[0], point[1], height);
            height.Backward();
            using (Tensor.NoGrad())
            {
                velocity = mu * velocity + point.Grad!;
                point -= alpha * velocity;
            }

            point.Grad = null;
        }

        return walk;
    }

    private static void DescendWithAdam(LabContext lab)
    {
        #region adam
        var adam = Walk.Minimize(Surfaces.Fancy, s_start, p => new Adam(p, learningRate: 0.5));
        #endregion

        lab.Check("Adam optimization", "fancy from (-4,4)", adam.End);
        var plain = DescendOn(Surfaces.Fancy, s_start, alpha: 0.5);
        lab.Figure("adam",
            Draw("Adam and plain descent", Surfaces.Fancy, 5, ("Adam, 0.5", adam), ("descent, 0.5", plain)));
        lab.Figure("adam-heights", HeightsOf("The same as a loss curve", ("Adam, 0.5", adam), ("descent, 0.5", plain)));
    }

    private static void BeEvil(LabContext lab)
    {
        var hole = Adam(Surfaces.Hole);
        lab.Check("be evil", "-1/(1+x^2+y^2)", hole.End);

        var (ravine, ripples, needle) = (Adam(Surfaces.Ravine), Adam(Surfaces.Ripples), Adam(Surfaces.Needle));
        lab.Figure("evil", new Variants("Adam with a learning rate of 0.5, from (-2, 2)", "function")
            .Add(Draw("A ravine with a crease", Surfaces.Ravine, 4, ("Adam", ravine)), "ravine")
            .Add(Draw("A bowl under ripples", Surfaces.Ripples, 4, ("Adam", ripples)), "ripples")
            .Add(Draw("A needle's prick in a plain", Surfaces.Needle, 4, ("Adam", needle)), "needle")
            .Add(Draw("The document's hole", Surfaces.Hole, 4, ("Adam", hole)), "hole"));
        lab.Table("evil", ["function", "minimum", "Adam after 50 steps", "its $f$"],
        [
            ["ravine", "f(2, -1) = 0", $"({ravine.X[^1]:F2}, {ravine.Y[^1]:F2})", ravine.Height[^1]],
            ["ripples", "f(0, 0) = -1", $"({ripples.X[^1]:F2}, {ripples.Y[^1]:F2})", ripples.Height[^1]],
            ["needle", "f(1, -1) = -1", $"({needle.X[^1]:F2}, {needle.Y[^1]:F2})", needle.Height[^1] + 0.0],
            ["hole", "f(0, 0) = -1", $"({hole.X[^1]:F2}, {hole.Y[^1]:F2})", hole.Height[^1]],
        ]);

        static Walk Adam(Func<Tensor, Tensor, Tensor> f) =>
            Walk.Minimize(f, (-2, 2), p => new Adam(p, learningRate: 0.5));
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
