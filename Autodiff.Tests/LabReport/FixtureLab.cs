using Figures;
using Labs.Shell;

namespace Autodiff.Tests.LabReport;

/// <summary>
/// A lab without computation whose page has every kind of block and of figure; its text is <c>fixture.md</c>.
/// </summary>
internal sealed class FixtureLab : Lab
{
    public override int Number => 9;

    public override void Run(LabContext lab)
    {
        lab.Value("some", $"{1.5}");
        lab.Output("line", new string('-', 150));
        lab.Table("rows", ["", "one", "two"], [["a row", 1.5, "text"], ["another", 2.5f, true]]);
        lab.Check("a cell", "published and computed", 1.25, 3);
        lab.Check("another cell", "many", [.. Enumerable.Range(0, 9).Select(i => i / 7.0)]);
        lab.Attach("lab-9-attached.html", "<!doctype html><html lang=\"en\"><title>Attached</title><p>here</html>");
        lab.Without("figure", "none", "This run has no such figure.");

        #region loop
        double[] walk = [.. Enumerable.Range(0, 40).Select(i => 2 * Math.Pow(0.9, i))];
        #endregion
        lab.Figure("lines", Lines("A plot of lines with a title that is too long for one line of a narrow page"));
        lab.Figure("path",
            new Plot("A path that walks", "x", "y").Function(x => x * x, -1, 2, "f")
                .AnimatedPath(walk, [.. walk.Select(x => x * x)], "path"));
        lab.Figure("bend",
            new Plot("A line that bends", "x", "y")
                .AnimatedLine([0, 1, 2], [.. Enumerable.Range(0, 5).Select(i => Bend(i))], "line")
                .Frames("epoch", ["first", "second", "third", "fourth", "fifth"]));
        var landscape = new Landscape("A landscape", (x, y) => x * x + y * y, (-2, 2), (-2, 2), 21)
            .Path(walk, walk, "one").Path([-2, -1], [1, 0.5], "two");
        lab.Figure("landscape", landscape);
        lab.Figure("contour", landscape.Contour("The landscape from above"));
        lab.Figure("variants", new Variants("Variants", "rate", "optimizer")
            .Add(Lines("First"), "0.1", "SGD").Add(Lines("Second"), "1", "SGD").Add(Lines("Third"), "0.1", "Adam"));
        lab.Figure("moving", new MovingLandscape("A surface that moves", [0, 1, 2], [0, 1, 2],
            [Grid.FromFunction(3, 3, (i, j) => i * j), Grid.FromFunction(3, 3, (i, j) => i - j)])
        {
            Points = [("a point", 1, 1, 0, "#ff4d2e")],
        });
        lab.Figure("image", new Image("An image", Grid.FromFunction(6, 6, (i, j) => i - j)) { Signed = true });
        lab.Figure("bars", new Plot("Bars", "", "ms").Bars(["a", "b", "c"], [1, 2, 3], "left")
            .Bars(["a", "b", "c"], [3, 2, 1], "right"));
        float[] digit = [.. Enumerable.Range(0, 784).Select(i => i % 28 / 28f)];
        lab.Figure("digits", new DigitGrid("Digits", [.. Enumerable.Repeat(digit, 11)],
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
