using Autodiff.Nn;

namespace Labs.Lab3;

// The playground: optimizers, learning rates and landscapes to combine.
internal sealed partial class LogisticRegressionLab
{
    private const double MenuRate = 0.20497, MenuMomentum = 0.24274;

    /// <summary>A line of the optimizer menu: what its name means, and what the document's table has there.</summary>
    private sealed record Choice(string Name, Func<Tensor[], double, Optimizer> AsMeant,
        Func<Tensor[], double, Optimizer>? AsPublished = null);

    private static readonly Choice[] s_menu =
    [
        new("Adam", (p, rate) => new Adam(p, rate)),
        new("SGD", (p, rate) => new SGD(p, rate, momentum: MenuMomentum)),
        new("SGD, momentum 0.9", (p, rate) => new SGD(p, rate, momentum: 0.9)),
        new("RMSprop", (p, rate) => new RMSprop(p, rate, momentum: MenuMomentum),
            (p, rate) => new SGD(p, rate, momentum: MenuMomentum)),
        new("Adagrad", (p, rate) => new Adagrad(p, rate)),
        new("AdamW", (p, rate) => new AdamW(p, rate), (p, rate) => new Adagrad(p, rate)),
        new("Adamax", (p, rate) => new Adamax(p, rate), (p, rate) => new Adagrad(p, rate)),
    ];

    /// <summary>The landscapes of the playground; heights above the ceiling are cut off.</summary>
    private static readonly (string Name, Func<Tensor, Tensor, Tensor> F, (double X, double Y) Start,
        (double X, double Y)? Goal, double Ceiling)[] s_landscapes =
    [
        ("Rastrigin", Surfaces.Rastrigin, (-2.45, -2.45), (0, 0), double.PositiveInfinity),
        ("peaks", Surfaces.Peaks, (0.25, 1.3), null, double.PositiveInfinity),
        ("hole", Surfaces.Hole, (-2, 2), (0, 0), double.PositiveInfinity),
        ("Rosenbrock", Surfaces.Rosenbrock, (2, -2), (1, 1), 4000),
    ];

    private static void Play(LabContext lab)
    {
        lab.Section("Playground");
        lab.Exercise(
            "Play with the optimizer, the learning rate and, by the slider, the number of steps. How hard is it to "
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
            **Adamax** get Adagrad. Here these show two walks: as meant, and as published. SGD and RMSprop take the
            document's momentum of 0.24274, and one SGD has a momentum of 0.9.
            """);
        var rows = s_menu.ToDictionary(choice => choice.Name, choice => new List<object?> { choice.Name });
        var variants = new Variants("Playground", "landscape", "optimizer", "learning rate");
        using var bar = lab.Progress("Playground", s_landscapes.Length * s_menu.Length * 3);
        foreach (var (name, f, start, goal, ceiling) in s_landscapes)
        {
            var (axis, heights) = (Axis(3), Heights(f, 3));
            foreach (var choice in s_menu)
            {
                foreach (double rate in new[] { MenuRate, 0.02, 0.8 })
                {
                    var landscape = new Landscape($"{choice.Name} on {name}", axis, axis, heights)
                    {
                        Goal = goal, Ceiling = ceiling
                    };
                    var meant = Go(choice.AsMeant);
                    Over(landscape, 3, (choice.AsPublished is null ? choice.Name : "as meant", meant));
                    if (rate == MenuRate)
                    {
                        rows[choice.Name]
                            .Add(meant.Within(3).X.Count < meant.X.Count ? "left the landscape" : meant.Height[^1]);
                    }

                    if (choice.AsPublished is { } published)
                    {
                        Over(landscape, 3, ("as published", Go(published)));
                    }

                    variants.Add(landscape, name, choice.Name, Text(rate));
                    bar.Advance();

                    Walk Go(Func<Tensor[], double, Optimizer> method) =>
                        Walk.Minimize(f, start, p => method(p, rate), steps: 40);
                }
            }
        }

        lab.Figure(variants, "A walk ends where it leaves the landscape.");
        lab.Table(["$f$ after 40 steps at 0.20497, as meant", .. s_landscapes.Select(landscape => landscape.Name)],
            rows.Values.Select(row => row.ToArray()));
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
}
