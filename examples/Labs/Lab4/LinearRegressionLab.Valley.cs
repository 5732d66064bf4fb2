using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab4;

// Why a hundred epochs aren't enough: the loss is a narrow valley.
internal sealed partial class LinearRegressionLab
{
    private static void ExplainSlowness(LabContext lab, Tensor w, Tensor b)
    {
        var (best, bestLoss) = BestWeights();
        lab.Value("best-loss", $"{bestLoss:F3}");

        var start = PrintedWeights();
        List<Tensor> path = [Flat(start.W, start.B)];
        for (int step = 0; step < 103; step++)
        {
            PerformOneUpdate(s_inputs, s_targets, start.W, start.B);
            path.Add(Flat(start.W, start.B));
        }

        var valley = new Plane(path[0], path[^1], best);
        Landscape landscape = new(
            "Loss on the plane through start, end and best weights",
            (x, y) => Math.Log10(10 + FlatLoss(valley.Point(x, y)).Item()),
            valley.Horizontal, valley.Vertical)
        {
            Axes = ("along the path", "across", "log10(10 + loss)"),
            Goal = valley.Locate(best),
        };
        landscape.Path(
            path.ConvertAll(point => valley.Locate(point).X), path.ConvertAll(point => valley.Locate(point).Y),
            "gradient descent");
        lab.Figure("valley", landscape);
        lab.Figure("valley-from-above", landscape.Contour("The same from above"));
        CompareLearningRates(lab);
    }

    private static (Tensor Weights, double Loss) BestWeights()
    {
        var weights = Flat(Tensor.Zeros([2, 3]), Tensor.Zeros([2])).RequireGrad();
        var optimizer = new LBFGS(
            [weights], maxIterations: 500, gradientTolerance: 1e-9, changeTolerance: 1e-14,
            lineSearch: LineSearch.StrongWolfe);
        optimizer.Step(() =>
        {
            optimizer.ZeroGrad();
            var loss = FlatLoss(weights);
            loss.Backward();
            return loss;
        });
        return (weights.Detach(), FlatLoss(weights).Item());
    }

    private static void CompareLearningRates(LabContext lab)
    {
        double steepest = LargestCurvature(Flat(Tensor.Zeros([2, 3]), Tensor.Zeros([2])));
        lab.Value("steepest", $"{steepest:F0}");
        lab.Value("largest-rate", $"{2 / steepest:G3}");

        var plot = new Plot("100 epochs with different learning rates", "epoch", "mean squared error")
        {
            LogY = true, YRange = (10, 1e6)
        };
        foreach (double rate in new[] { 1e-6, 1e-5, 5e-5, 1e-4, 1.2e-4 })
        {
            var (w, b) = PrintedWeights();
            plot.Line(TrainWithGD(s_inputs, s_targets, w, b, 100, rate),
                string.Create(CultureInfo.InvariantCulture, $"{rate:0.######}"));
        }

        lab.Figure("rates", plot);
    }

    /// <summary>The largest eigenvalue of the loss's Hessian, by power iteration.</summary>
    private static double LargestCurvature(Tensor weights)
    {
        var direction = Tensor.OnesLike(weights);
        double curvature = 0;
        for (int i = 0; i < 50; i++)
        {
            var product = Autograd.Hvp(FlatLoss, weights, direction).Product;
            curvature = product.Norm().Item();
            direction = product / curvature;
        }

        return curvature;
    }

    /// <summary>w and b as one row of eight, in 64 bits.</summary>
    private static Tensor Flat(Tensor w, Tensor b) => Tensor.Cat([w.Detach().Flatten(), b.Detach()]).To(DType.Float64);

    private static Tensor FlatLoss(Tensor weights) =>
        Mse(LinearModel(weights[..6].Reshape(2, 3), weights[6..])(s_inputs.To(DType.Float64)),
            s_targets.To(DType.Float64));

    /// <summary>
    /// The plane through three points, with the first as its origin and an axis from it to the second.
    /// </summary>
    private sealed class Plane
    {
        private readonly Tensor _origin, _right, _up;

        public Plane(Tensor origin, Tensor second, Tensor third)
        {
            _origin = origin;
            _right = Unit(second - origin);
            _up = Unit(third - origin - (third - origin).Dot(_right) * _right);
            var (a, b) = (Locate(second).X, Locate(third));
            Horizontal = Around(0, a, b.X);
            Vertical = Around(0, b.Y);
        }

        public (double From, double To) Horizontal { get; }

        public (double From, double To) Vertical { get; }

        public Tensor Point(double x, double y) => _origin + x * _right + y * _up;

        public (double X, double Y) Locate(Tensor point) =>
            ((point - _origin).Dot(_right).Item(), (point - _origin).Dot(_up).Item());

        private static Tensor Unit(Tensor x) => x / x.Norm();

        private static (double From, double To) Around(params double[] values)
        {
            double margin = 0.25 * (values.Max() - values.Min());
            return (values.Min() - margin, values.Max() + margin);
        }
    }
}
