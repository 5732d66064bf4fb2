using Autodiff;
using Figures;
using Labs.Report;

namespace Labs.Lab3;

/// <summary>
/// The lab's walks as figures that the page computes: its script has the optimizers, and the tape has written the
/// landscapes.
/// </summary>
internal static class LiveLandscapes
{
    /// <summary>The landscapes as JavaScript: the height and its slopes.</summary>
    public static string Functions { get; } = string.Concat(
        Write("fancy", w => Surfaces.Fancy(w[0], w[1]), "x", "y"),
        Write("peaks", w => Surfaces.Peaks(w[0], w[1]), "x", "y"),
        Write("hole", w => Surfaces.Hole(w[0], w[1]), "x", "y"),
        Write("Rosenbrock", w => Surfaces.Rosenbrock(w[0], w[1]), "x", "y"),
        Write("Rastrigin", w => Surfaces.Rastrigin(w[0], w[1], w[3]) + w[2] * (w[0].Square() + w[1].Square()),
            "x", "y", "penalty = 0", "shift = 0"),
        Write("Learnable", w => Surfaces.Learnable(w[0], w[1], w[2], w[3]), "x", "y", "a", "b"),
        Write("Wave", w => Surfaces.Wave(w[0], w[1], w[2], w[3]), "x", "y", "a", "b"));

    /// <summary>The optimizers that the script has, by the names of the library's.</summary>
    public static string[] Optimizers { get; } = ["SGD", "RMSprop", "Adagrad", "Adam", "AdamW", "Adamax"];

    private static readonly Choice s_view = new("view", "view", ["from above", "in space"], "from above");

    private static readonly string[] s_scripts = [EmbeddedText.Read("Lab3/landscapes.js"), Functions];

    /// <summary>A descent by hand: its learning rate and, where asked for, its momentum.</summary>
    public static LiveFigure Descent(string title, Figure still, double rate, double? momentum = null) =>
        Walks(title, still, "fancy", limit: 5, [Rate(rate),
            .. momentum is { } mu ? (LiveControl[])[Momentum(mu)] : [], StepCount(50), s_view]);

    /// <summary>SGD whose learning rate fades by γ a step.</summary>
    public static LiveFigure Fading(Figure still) => Walks("How fast may the learning rate fade?", still, "fancy",
        limit: 5, [Rate(2), new Slider("gamma", "γ", 0.4, 1, 0.8) { Step = 0.01 }, StepCount(50), s_view]);

    /// <summary>Every optimizer on every landscape, with free settings.</summary>
    public static LiveFigure Playground(Figure still) => Walks("Playground", still, "Rastrigin", limit: 3,
        [new Choice("landscape", "landscape", ["Rastrigin", "peaks", "hole", "Rosenbrock"], "Rastrigin"),
            new Choice("optimizer", "optimizer", Optimizers, "Adam"), new Toggle("published", "as published, too"),
            Rate(0.20497), Momentum(0.24274), StepCount(20), Limit(3), s_view]);

    /// <summary>Weight decay on Rastrigin.</summary>
    public static LiveFigure Decay(Figure still) => new("Rastrigin with weight decay", "decay", still)
    {
        Scripts = s_scripts,
        Height = 600,
        Controls = [new Choice("optimizer", "optimizer", Optimizers, "Adam"),
            new Slider("decay", "weight decay λ", 1e-4, 10, 9.982) { IsLog = true, HasZero = true },
            new Toggle("penalized", "show the landscape that it descends"), Rate(0.19322), Momentum(0.07454),
            StepCount(50), Limit(3), s_view],
        Data = new() { ["start"] = new[] { -2.45, -2.45 } },
    };

    /// <summary>Rastrigin around another point than (0, 0), under a penalty.</summary>
    public static LiveFigure Pitfall(Figure still) => new("A minimum elsewhere", "pitfall", still)
    {
        Scripts = s_scripts,
        Height = 600,
        Controls = [new Slider("penalty", "penalty λ", 0, 1, 0.77) { Step = 0.01, Plays = true },
            new Slider("shift", "shift", 0, 50, 5), Limit(8), s_view],
    };

    /// <summary>The loss of a model of two parameters, for the first of the given points.</summary>
    public static LiveFigure Losses(
        Figure still, Series x, Series y, (double A, double B) hidden, (double A, double B) start) =>
        new("The loss's landscape, by data, loss and model", "losses", still)
        {
            Scripts = s_scripts,
            Height = 600,
            Controls = [new Slider("points", "points", 1, x.Count, 4), new Choice("loss", "residuals",
                    ["squared", "absolute"], "squared"),
                new Choice("model", "model", ["the document's", "a wave"], "the document's"),
                new Slider("rate", "learning rate", 1e-3, 1, 0.025) { IsLog = true }, StepCount(100), s_view],
            Data = new()
            {
                ["x"] = x,
                ["y"] = y,
                ["hidden"] = new[] { hidden.A, hidden.B },
                ["start"] = new[] { start.A, start.B },
                ["models"] = new Dictionary<string, object?>
                {
                    ["the document's"] = "Learnable", ["a wave"] = "Wave",
                },
            },
        };

    /// <summary>The model's landscape while it learns one point.</summary>
    public static LiveFigure Model(Figure still, (double A, double B) start, (double X, double Y, double Target) point)
        => new("The model's landscape", "model", still)
        {
            Scripts = s_scripts,
            Height = 620,
            Controls = [new Slider("step", "step", 0, 50, 50) { Plays = true },
                new Slider("rate", "learning rate", 1e-3, 1, 0.025) { IsLog = true },
                s_view with { Value = "in space" }],
            Data = new()
            {
                ["start"] = new[] { start.A, start.B },
                ["points"] = new[] { new[] { point.X, point.Y, point.Target } },
            },
        };

    private static LiveFigure Walks(
        string title, Figure still, string landscape, double limit, IReadOnlyList<LiveControl> controls) =>
        new(title, "walks", still)
        {
            Scripts = s_scripts,
            Height = 600,
            Controls = controls,
            Data = new()
            {
                ["landscape"] = landscape,
                ["limit"] = limit,
                ["published"] = new Dictionary<string, object?>
                {
                    ["RMSprop"] = "SGD", ["AdamW"] = "Adagrad", ["Adamax"] = "Adagrad",
                },
                ["landscapes"] = new Dictionary<string, object?>
                {
                    ["fancy"] = Ground((-4, 4), null),
                    ["Rastrigin"] = Ground((-2.45, -2.45), (0, 0)),
                    ["peaks"] = Ground((0.25, 1.3), null),
                    ["hole"] = Ground((-2, 2), (0, 0)),
                    ["Rosenbrock"] = Ground((2, -2), (1, 1), 4000),
                },
            },
        };

    private static Dictionary<string, object?> Ground(
        (double X, double Y) start, (double X, double Y)? goal, double? ceiling = null)
    {
        Dictionary<string, object?> ground = new() { ["start"] = new[] { start.X, start.Y } };
        if (goal is var (x, y))
        {
            ground["goal"] = new[] { x, y };
        }

        if (ceiling is { } height)
        {
            ground["ceiling"] = height;
        }

        return ground;
    }

    private static Slider Rate(double value) => new("rate", "learning rate", 1e-4, 3, value) { IsLog = true };

    private static Slider Momentum(double value) => new("momentum", "momentum", 0, 1.5, value) { Step = 0.01 };

    private static Slider StepCount(int value) => new("steps", "steps", 0, 200, value) { Plays = true };

    private static Slider Limit(int value) => new("limit", "half width", 1, 50, value);

    private static string Write(string name, Func<Tensor[], Tensor> f, params string[] arguments) =>
        $"live.functions[\"{name}\"] = {TapeScript.Of(f, arguments)};\n";
}
