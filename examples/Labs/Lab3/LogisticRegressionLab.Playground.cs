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
        lab.Section("Playground");
        lab.Exercise(
            "Play with the optimizer, the learning rate, the momentum and the number of steps. How hard is it to "
                + "reach the global minimum (the black cross)?");
        lab.Text("First the document's own settings, 20 steps of Adam at 0.20497 on three landscapes:");
        #region playground
        var rastrigin = Walk.Minimize(Surfaces.Rastrigin, (-2.45, -2.45), p => new Adam(p, 0.20497), steps: 20);
        var rosenbrock = Walk.Minimize(Surfaces.Rosenbrock, (2, -2), p => new Adam(p, 0.20497), steps: 20);
        var peaks = Walk.Minimize(Surfaces.Peaks, (0.25, 1.3), p => new Adam(p, 0.20497), steps: 20);
        #endregion
        lab.Source("playground");
        lab.Check("playground", "rastrigin (A=3)", rastrigin.End);
        lab.Check("playground", "rosenbrock", rosenbrock.End);
        lab.Check("playground", "peaks", peaks.End);
        lab.Note(
            """
            The document's menu offers six optimizers but has three of them wrong: **RMSprop** gets SGD, **AdamW** and
            **Adamax** get Adagrad. Here they are what their names say; a box adds the walk as published. SGD and
            RMSprop take the momentum, AdamW has its usual weight decay of 0.01.
            """);
        lab.Figure(LiveLandscapes.Playground(Over(
            new Landscape("Adam on Rastrigin", Axis(3), Axis(3), Heights(Surfaces.Rastrigin, 3)) { Goal = (0, 0) },
            3, ("Adam", rastrigin))),
            "The page computes in 64 bits, the lab in 32: where a walk is chaotic, theirs part.");
        lab.Table(["$f$ after 40 steps at 0.20497", .. s_landscapes.Select(landscape => landscape.Name)],
            s_menu.Select(choice => (object?[])[choice.Name, .. s_landscapes.Select(landscape => End(choice.Make,
                landscape.F, landscape.Start))]));
        lab.Question("What did you find?",
            """
            - **Rastrigin**: the careful ones end in the dent where they started, the others are thrown out. To leave a
              dent one needs large steps or much momentum, and to stay in the right dent small ones.
            - **Peaks**: whoever arrives is in the shallow hollow at $-0.016$. The deep one, at $-1.64$, lies behind the
              next hill, and no slope tells.
            - **Hole**: the gentlest. Plain SGD is slow, because far from the hole there is hardly a slope; all that
              divide by its size do well.
            - **Rosenbrock**: SGD is gone at the first step; it would need a learning rate a thousand times smaller. The
              others reach the valley soon, and then follow its floor at a crawl.
            """);
    }

    private static string End(
        Func<Tensor[], Optimizer> method, Func<Tensor, Tensor, Tensor> f, (double X, double Y) start)
    {
        var walk = Walk.Minimize(f, start, method, steps: 40);
        return walk.Within(3).X.Count < walk.X.Count ? "left the landscape" : $"${Comparison.Format(walk.Height[^1])}$";
    }
}
