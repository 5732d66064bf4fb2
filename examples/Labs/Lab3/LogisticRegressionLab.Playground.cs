using Autodiff.Nn;

namespace Labs.Lab3;

// The playground: optimizers, learning rates and landscapes to combine.
internal sealed partial class LogisticRegressionLab
{
    private const double MenuRate = 0.20497, MenuMomentum = 0.24274;

    /// <summary>The document's menu, with what each name means.</summary>
    private static readonly (string Name, Func<Tensor[], Optimizer> Make)[] s_menu =
    [
        ("SGD", p => new SGD(p, MenuRate, momentum: MenuMomentum)),
        ("RMSprop", p => new RMSprop(p, MenuRate, momentum: MenuMomentum)),
        ("Adagrad", p => new Adagrad(p, MenuRate)),
        ("Adam", p => new Adam(p, MenuRate)),
        ("AdamW", p => new AdamW(p, MenuRate)),
        ("Adamax", p => new Adamax(p, MenuRate)),
    ];

    private static readonly (string Name, Func<Tensor, Tensor, Tensor> F, (double X, double Y) Start)[] s_landscapes =
    [
        ("Rastrigin", Surfaces.Rastrigin, (-2.45, -2.45)),
        ("peaks", Surfaces.Peaks, (0.25, 1.3)),
        ("hole", Surfaces.Hole, (-2, 2)),
        ("Rosenbrock", Surfaces.Rosenbrock, (2, -2)),
    ];

    private static void Play(LabContext lab)
    {
        #region playground
        var rastrigin = Walk.Minimize(Surfaces.Rastrigin, (-2.45, -2.45), p => new Adam(p, 0.20497), steps: 20);
        var rosenbrock = Walk.Minimize(Surfaces.Rosenbrock, (2, -2), p => new Adam(p, 0.20497), steps: 20);
        var peaks = Walk.Minimize(Surfaces.Peaks, (0.25, 1.3), p => new Adam(p, 0.20497), steps: 20);
        #endregion

        lab.Check("playground", "rastrigin (A=3)", rastrigin.End);
        lab.Check("playground", "rosenbrock", rosenbrock.End);
        lab.Check("playground", "peaks", peaks.End);

        lab.Figure("playground", LiveLandscapes.Playground(Over(
            new Landscape("Adam on Rastrigin", Axis(3), Axis(3), Heights(Surfaces.Rastrigin, 3)) { Goal = (0, 0) },
            3, ("Adam", rastrigin))));
        lab.Table("playground", ["$f$ after 40 steps at 0.20497", .. s_landscapes.Select(landscape => landscape.Name)],
            s_menu.Select(choice => (object?[])[choice.Name, .. s_landscapes.Select(landscape => End(choice.Make,
                landscape.F, landscape.Start))]));
    }

    private static string End(
        Func<Tensor[], Optimizer> method, Func<Tensor, Tensor, Tensor> f, (double X, double Y) start)
    {
        var walk = Walk.Minimize(f, start, method, steps: 40);
        return walk.Within(3).X.Count < walk.X.Count ? "left the landscape" : $"${Comparison.Format(walk.Height[^1])}$";
    }
}
