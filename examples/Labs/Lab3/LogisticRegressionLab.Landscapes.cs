namespace Labs.Lab3;

// Drawing: a landscape from one broadcast call.
internal sealed partial class LogisticRegressionLab
{
    /// <summary>The landscape of f on the square from -limit to limit, and walks over it.</summary>
    private static Landscape Draw(
        string title, Func<Tensor, Tensor, Tensor> f, double limit,
        params ReadOnlySpan<(string Name, Walk Walk)> walks) =>
        Over(new Landscape(title, Axis(limit), Axis(limit), Heights(f, limit)), limit, walks);

    private static Landscape Over(Landscape landscape, double limit,
        params ReadOnlySpan<(string Name, Walk Walk)> walks)
    {
        foreach (var (name, walk) in walks)
        {
            var visible = walk.Within(limit);
            landscape.Path(visible.X, visible.Y, name, visible.Height);
        }

        return landscape;
    }

    private static Grid Heights(Func<Tensor, Tensor, Tensor> f, double limit, int resolution = 61)
    {
        using var noGrad = Tensor.NoGrad();
        var axis = Tensor.Linspace(-limit, limit, resolution);
        var z = f(axis[TensorIndex.NewAxis, ..], axis[.., TensorIndex.NewAxis]).Expand(resolution, resolution);
        return Grid.FromRowMajor(z.ToArray<float>(), resolution, resolution);
    }

    private static Series Axis(double limit, int resolution = 61) => Series.Linspace(-limit, limit, resolution);

    private static Plot HeightsOf(string title, params ReadOnlySpan<(string Name, Walk Walk)> walks)
    {
        var plot = new Plot(title, "step", "f(x, y)");
        foreach (var (name, walk) in walks)
        {
            plot.Line(walk.Height, name);
        }

        return plot;
    }
}
