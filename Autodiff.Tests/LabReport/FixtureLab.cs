using Figures;
using Labs.Shell;

namespace Autodiff.Tests.LabReport;

/// <summary>A lab without computation whose page has every kind of block and of figure.</summary>
internal sealed class FixtureLab : Lab
{
    public override int Number => 9;

    public override string Title =>
        "A page with one of everything, whose title is long enough to need two lines on a phone";

    public override string Summary => "Every **kind** of block and of figure, with $x^2$.";

    public override void Run(LabContext lab)
    {
        lab.Section("Text");
        lab.Text(
            "A paragraph with `code`, *stress*, [a link](https://example.org) and $\\frac{a}{b}$.\n\n- a\n- b\n\n> "
                + "said");
        lab.Formula(@"\sum_{i=1}^{n} \left( y_i - \hat{y}_i \right)^2 = a + b + c + d + e + f + g + h + i + j + k + l");
        lab.Note("A note.");
        lab.Exercise("An exercise.");
        lab.Question("Why?", "Because $1 = 1$.");
        lab.Source("loop");
        lab.Output(new string('-', 150));
        lab.Table(["", "one", "two"], [["a row", 1.5, "text"], ["another", 2.5f, true]]);
        lab.Check("a cell", "published and computed", 1.25, 3);
        lab.Check("another cell", "many", [.. Enumerable.Range(0, 9).Select(i => i / 7.0)]);

        lab.Section("Figures");
        #region loop
        double[] walk = [.. Enumerable.Range(0, 40).Select(i => 2 * Math.Pow(0.9, i))];
        #endregion
        lab.Figure(Lines("A plot of lines with a title that is too long for one line of a narrow page"), "A caption.");
        lab.Figure(
            new Plot("A path that walks", "x", "y").Function(x => x * x, -1, 2, "f")
                .AnimatedPath(walk, [.. walk.Select(x => x * x)], "path"));
        lab.Figure(
            new Plot("A line that bends", "x", "y")
                .AnimatedLine([0, 1, 2], [.. Enumerable.Range(0, 5).Select(i => Bend(i))], "line")
                .Frames("epoch", ["first", "second", "third", "fourth", "fifth"]));
        var landscape = new Landscape("A landscape", (x, y) => x * x + y * y, (-2, 2), (-2, 2), 21)
            .Path(walk, walk, "one").Path([-2, -1], [1, 0.5], "two");
        lab.Figure(landscape);
        lab.Figure(landscape.Contour("The landscape from above"));
        lab.Figure(new Variants("Variants", "rate", "optimizer")
            .Add(Lines("First"), "0.1", "SGD").Add(Lines("Second"), "1", "SGD").Add(Lines("Third"), "0.1", "Adam"));
        lab.Figure(new MovingLandscape("A surface that moves", [0, 1, 2], [0, 1, 2],
            [Grid.FromFunction(3, 3, (i, j) => i * j), Grid.FromFunction(3, 3, (i, j) => i - j)])
        {
            Points = [("a point", 1, 1, 0, "#ff4d2e")],
        });
        lab.SideBySide(
            new Image("An image", Grid.FromFunction(6, 6, (i, j) => i - j)) { Signed = true },
            new Plot("Bars", "", "ms").Bars(["a", "b", "c"], [1, 2, 3], "left")
                .Bars(["a", "b", "c"], [3, 2, 1], "right"));
        float[] digit = [.. Enumerable.Range(0, 784).Select(i => i % 28 / 28f)];
        lab.Figure(new DigitGrid("Digits", [.. Enumerable.Repeat(digit, 11)],
            [.. Enumerable.Repeat("1, p = 0.73", 11)]));
    }

    private static Series Bend(double end) => [end, 1, end];

    private static Plot Lines(string title)
    {
        var plot = new Plot(title, "step", "loss") { LogY = true };
        foreach (string name in new[] { "training loss", "loss on fresh points", "stochastic gradient descent",
            "Adam" })
        {
            plot.Line([1, 0.1, 0.05 * plot.Marks.Count + 0.01, 0.001], name);
        }

        return plot.HorizontalLine(0.02, "a line across").Annotate(1, 0.1, "here");
    }
}
