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
        lab.Section("Walking over landscapes");
        lab.Text(
            """
            Training is a walk in the dark: at each point one feels the slope, and nothing else. All common optimizers
            put the slopes felt so far together in some way and step against them,

            $$x^{(t+1)} = x^{(0)} - \alpha \sum_{i=0}^{t} \Gamma_i^t \, \nabla f(x^{(i)})$$

            where $\alpha$ is the learning rate and $\Gamma_i^t$ says how much the slope of step $i$ still counts at
            step $t$. (The document's sum has a plus, and every slope taken at $t$: slips of the pen.) With 785 weights
            nobody can watch. With two we can:
            """);
        lab.Source(nameof(Surfaces.Peaks));
        #region peaks
        var walk = Walk.Minimize(Surfaces.Peaks, start: (0, 1.2), p => new Adam(p, learningRate: 0.75));
        #endregion
        lab.Source("peaks");
        lab.Check("context", "peaks from (0,1.2)", walk.End);
        lab.Figure(Draw("Peaks, and Adam on its way", Surfaces.Peaks, 3, ("Adam", walk)),
            "Press play, or drag the slider. The line on the map under the surface is the same path, seen from above. "
                + "It crosses the whole landscape, because 0.75 is a large step.");
        lab.Note(
            "Both of these are what the original lab asks its readers to find out: how to make the slider work (every "
                + "jump must redraw, and every slider step must name a frame that exists), and how to project the path "
                + "onto the floor (a second line at constant height, over a sheet with the surface's colours).");
    }

    private static void DescendByHand(LabContext lab)
    {
        lab.Section("A descent by hand");
        lab.Source(nameof(Surfaces.Fancy));
        var value = Surfaces.Fancy(Tensor.Scalar(-4f), Tensor.Scalar(4f));
        lab.Output($"Fancy(-4, 4) = {value}, rank {value.Rank}: a tensor, which can be asked for derivatives");
        lab.Text(
            "No optimizer yet. `RequireGrad` announces that derivatives by x and y will be wanted, `Backward` finds "
                + "them, the rest is ours:");
        lab.Source(nameof(DescendOn));
        var walk = DescendOn(Surfaces.Fancy, s_start, alpha: 3);
        lab.Check("manual optimization", "fancy", walk.At(5));
        lab.Figure(Draw("Plain descent with α = 3", Surfaces.Fancy, 5, ("descent", walk)),
            "It jumps about and doesn't settle.");

        lab.Exercise("Did it reach the minimum? Change the parameters so that it converges in less than 50 steps.");
        var variants = new Variants("Plain descent", "α");
        var rows = new List<object?[]>();
        foreach (double alpha in new[] { 0.7, 3, 2, 1.2, 0.3, 0.1 })
        {
            walk = DescendOn(Surfaces.Fancy, s_start, alpha);
            int arrived = walk.Height.FindIndex(height => height < -1.649);
            variants.Add(Draw($"α = {Text(alpha)}", Surfaces.Fancy, 5, ("descent", walk)), Text(alpha));
            rows.Add([alpha, .. walk.End, arrived < 0 ? "never" : $"after {arrived} steps"]);
        }

        lab.Figure(variants);
        lab.Table(["$\\alpha$", "$x$", "$y$", "$f$", "at the bottom"], rows.OrderBy(row => (double)row[0]!));
        lab.Text(
            """
            The minimum is $f(0, -1.11) = -1.649$. At the bottom the landscape bends by $\cos 0 + 0.2 = 1.2$ along x, so
            that steps with $\alpha > 2 / 1.2 = 1.67$ grow instead of shrinking: that is why 2 and 3 never settle. Small
            $\alpha$ are safe and slow.
            """);
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
        lab.Section("Momentum");
        lab.Exercise("Give the descent by hand a momentum.");
        lab.Text(
            "A velocity $v \\gets \\mu v + \\nabla f$ remembers earlier slopes, the older the fainter, and the point "
                + "follows it, $x \\gets x - \\alpha v$.");
        lab.Source(nameof(DescendWithVelocity));
        var variants = new Variants("Momentum", "μ", "α");
        foreach (double alpha in new[] { 0.1, 0.3, 0.7 })
        {
            foreach (double mu in new[] { 0.8, 0, 0.5, 0.95 })
            {
                variants.Add(
                    Draw($"α = {Text(alpha)}, μ = {Text(mu)}", Surfaces.Fancy, 5,
                        ("momentum", DescendWithVelocity(s_start, alpha, mu))),
                    Text(mu), Text(alpha));
            }
        }

        lab.Figure(variants,
            "With a small α momentum carries the point through the flat start; with too much of it the point swings "
                + "past the bottom again and again.");
        var byHand = DescendWithVelocity(s_start, 0.1, 0.8);
        var library = Walk.Minimize(Surfaces.Fancy, s_start, p => new SGD(p, learningRate: 0.1, momentum: 0.8));
        lab.Output(
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
        lab.Section("Optimizers from the library");
        lab.Text(
            "An optimizer takes the tensors that it may change, and its settings. The loop shrinks to four lines:");
        lab.Source(nameof(Walk.Minimize));
        #region adam
        var adam = Walk.Minimize(Surfaces.Fancy, s_start, p => new Adam(p, learningRate: 0.5));
        #endregion
        lab.Source("adam");
        lab.Check("Adam optimization", "fancy from (-4,4)", adam.End);
        var plain = DescendOn(Surfaces.Fancy, s_start, alpha: 0.5);
        lab.Figure(Draw("Adam and plain descent", Surfaces.Fancy, 5, ("Adam, 0.5", adam), ("descent, 0.5", plain)),
            "The start is nearly flat along x. Plain descent crawls there; Adam divides by the size of the slopes and "
                + "strides on at 0.5 a step in both directions.");
        lab.Figure(HeightsOf("The same as a loss curve", ("Adam, 0.5", adam), ("descent, 0.5", plain)));
        lab.Note(
            """
            **Momentum is not weight decay.** Some optimizers have a `weightDecay` too: it adds a penalty on large
            parameters to the function, and has nothing to do with a learning rate that decays. Weight decay changes the
            *function*, momentum the *path* over it. Both come below.
            """);
    }

    private static void BeEvil(LabContext lab)
    {
        lab.Section("Be evil");
        lab.Exercise(
            "Invent a function and a starting point where Adam with a learning rate of 0.5 does not converge easily.");
        lab.Text("The document's own example is a single hole, and Adam finds it:");
        lab.Source(nameof(Surfaces.Hole));
        var hole = Adam(Surfaces.Hole);
        lab.Check("be evil", "-1/(1+x^2+y^2)", hole.End);
        lab.Text("Three of ours, each evil in another way:");
        lab.Source(nameof(Surfaces.Ravine));
        lab.Source(nameof(Surfaces.Ripples));
        lab.Source(nameof(Surfaces.Needle));
        var (ravine, ripples, needle) = (Adam(Surfaces.Ravine), Adam(Surfaces.Ripples), Adam(Surfaces.Needle));
        lab.Figure(new Variants("Adam with a learning rate of 0.5, from (-2, 2)", "function")
            .Add(Draw("A ravine with a crease", Surfaces.Ravine, 4, ("Adam", ravine)), "ravine")
            .Add(Draw("A bowl under ripples", Surfaces.Ripples, 4, ("Adam", ripples)), "ripples")
            .Add(Draw("A needle's prick in a plain", Surfaces.Needle, 4, ("Adam", needle)), "needle")
            .Add(Draw("The document's hole", Surfaces.Hole, 4, ("Adam", hole)), "hole"));
        lab.Table(["function", "minimum", "Adam after 50 steps", "its $f$"],
        [
            ["ravine", "f(2, -1) = 0", $"({ravine.X[^1]:F2}, {ravine.Y[^1]:F2})", ravine.Height[^1]],
            ["ripples", "f(0, 0) = -1", $"({ripples.X[^1]:F2}, {ripples.Y[^1]:F2})", ripples.Height[^1]],
            ["needle", "f(1, -1) = -1", $"({needle.X[^1]:F2}, {needle.Y[^1]:F2})", needle.Height[^1] + 0.0],
            ["hole", "f(0, 0) = -1", $"({hole.X[^1]:F2}, {hole.Y[^1]:F2})", hole.Height[^1]],
        ]);
        lab.Text(
            """
            - **Ravine**: its crease runs across both axes, and Adam adapts its steps to each *axis*. The slope of the
              walls jumps from one side to the other and never fades, and beside it the gentle slope along the floor is
              next to nothing. So the walk trembles across the floor and creeps along it.
            - **Ripples**: every ring is a local minimum, and they are deeper than the bowl is steep.
            - **Needle**: at $(-2, 2)$ the slope is $e^{-180}$, which a 32-bit number rounds to zero. No slope, no step:
              Adam stands still for ever, as every method would that asks for slopes only.
            """);

        static Walk Adam(Func<Tensor, Tensor, Tensor> f) =>
            Walk.Minimize(f, (-2, 2), p => new Adam(p, learningRate: 0.5));
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
