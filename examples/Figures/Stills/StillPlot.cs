using ScottPlot;
using ScottPlot.TickGenerators;

namespace Figures.Stills;

/// <summary>Draws a <see cref="Plot"/>.</summary>
internal sealed class StillPlot
{
    private readonly Plot _figure;
    private readonly ScottPlot.Plot _plot;
    private readonly AxisScale _x;
    private readonly AxisScale _y;

    private StillPlot(Plot figure)
    {
        _figure = figure;
        _plot = StillStyle.Begin(figure.Title, StillFigure.UsualWidth);
        var bars = figure.Marks.OfType<BarGroup>().ToArray();
        var traces = figure.Marks.OfType<Trace>().ToArray();
        double sides = bars.Length > 0 || traces.Any(trace => trace.PointSize > 0) ? 0.04 : 0;
        var x = traces.SelectMany(trace => trace.X.Values);
        var y = traces.SelectMany(trace => trace.Y.Values);
        if (bars.Length == 0)
        {
            _x = AxisScale.Of(figure.X, x, (sides, sides));
            _y = AxisScale.Of(figure.Y, y, (0.05, 0.05));
            return;
        }

        // Bars begin on their base, and a text at a bar's end needs room.
        var ends = bars.SelectMany(group => group.Values.Values)
            .Append(figure.BarsFrom ?? (ValueAxis(figure).IsLog ? double.NaN : 0));
        double room = bars.Any(group => group.Texts.Length > 0) ? 0.12 : 0.05;
        double below = ends.Any(end => end < (figure.BarsFrom ?? 0)) ? room : 0;
        bool isLog = ValueAxis(figure).IsLog;
        var values = AxisScale.Of(
            ValueAxis(figure), (figure.BarsLie ? x : y).Concat(ends), (isLog ? Math.Max(0.05, below) : below, room));
        int places = bars.Max(group => group.Labels.Length);
        var span = figure.BarsLie ? (0.5 - places, 0.5) : (-0.5, places - 0.5);
        var along = AxisScale.Of(new("", false, span), [], (0, 0));
        (_x, _y) = figure.BarsLie ? (values, along) : (along, values);
    }

    public static StillFigure Draw(Plot figure) => new StillPlot(figure).Draw();

    private static Axis ValueAxis(Plot figure) => figure.BarsLie ? figure.X : figure.Y;

    private StillFigure Draw()
    {
        _plot.Axes.SetLimits(_x.Low, _x.High, _y.Low, _y.High);
        _plot.Axes.Bottom.TickGenerator = _x.Marks();
        _plot.Axes.Left.TickGenerator = _y.Marks();
        (_plot.Axes.Bottom.Label.Text, _plot.Axes.Left.Label.Text) = (_figure.X.Label, _figure.Y.Label);
        if (_figure.EqualAxes)
        {
            _plot.Axes.SquareUnits();
        }

        _figure.Lines.ToList().ForEach(AddLine);
        int group = 0, groups = _figure.Marks.OfType<BarGroup>().Count();
        foreach (var mark in _figure.Marks)
        {
            switch (mark)
            {
                case Trace trace:
                    Add(trace);
                    break;
                case BarGroup bars:
                    Add(bars, group++, groups);
                    break;
                default:
                    throw new ArgumentException($"ScottPlot draws no {mark.GetType().Name}.");
            }
        }

        _figure.Lines.Where(line => line.Label.Length > 0).ToList().ForEach(AddLabel);
        _figure.Remarks.ToList().ForEach(Add);
        return new(_plot, _figure.Title, StillFigure.UsualWidth, _figure.Height);
    }

    private void Add(Trace trace)
    {
        var colour = Color.FromHex(trace.Colour);
        double[] xs = _x.Place(trace.X), ys = _y.Place(trace.Y);
        if (trace.PointSize == 0)
        {
            (xs, ys) = Thinned.Of(xs, ys, _x.Low, _x.High);
        }

        var scatter = _plot.Add.Scatter(xs, ys, colour);
        scatter.LegendText = trace.Name;
        scatter.LineWidth = (float)trace.LineWidth;
        scatter.LinePattern = StillStyle.Pattern(trace.Dash);
        scatter.MarkerSize = (float)trace.PointSize;
        if (trace.PointSize > 0 && trace.LineWidth == 0)
        {
            scatter.MarkerFillColor = scatter.MarkerLineColor = colour.WithAlpha(0.8);
        }
    }

    private void Add(BarGroup group, int index, int groups)
    {
        const double Thickness = 0.8;
        bool lie = _figure.BarsLie;
        var (scale, size) = (lie ? _x : _y, Thickness / groups);
        double from = _figure.BarsFrom is { } start ? scale.Place(start) : ValueAxis(_figure).IsLog ? scale.Low : 0;
        List<Bar> bars = [];
        for (int i = 0; i < group.Labels.Length; i++)
        {
            double place = i + (index - (groups - 1) / 2.0) * size, end = scale.Place(group.Values[i]);
            if (double.IsNaN(end))
            {
                continue;
            }

            bars.Add(new Bar
            {
                Position = lie ? -place : place,
                ValueBase = from,
                Value = end,
                Size = size * 0.92,
                FillColor = Color.FromHex(group.Colour),
                LineWidth = 0,
                Orientation = lie ? Orientation.Horizontal : Orientation.Vertical,
            });
            if (group.Texts.Length > 0)
            {
                bool isBackward = end < from;
                Write(
                    group.Texts[i], lie ? end : place, lie ? -place : end,
                    lie ? (isBackward ? Alignment.MiddleRight : Alignment.MiddleLeft)
                        : isBackward ? Alignment.UpperCenter : Alignment.LowerCenter,
                    lie ? (isBackward ? -5 : 5, 0) : (0, isBackward ? 3 : -3));
            }
        }

        var plotted = _plot.Add.Bars(bars);
        plotted.LegendText = group.Name;
        if (index == 0)
        {
            NamePlaces(group.Labels);
        }
    }

    /// <summary>The labels stand at their bars; turned where they would run into each other.</summary>
    private void NamePlaces(string[] labels)
    {
        double[] places = [.. labels.Select((_, i) => _figure.BarsLie ? -(double)i : i)];
        var marks = new NumericManual(places, labels);
        if (_figure.BarsLie)
        {
            _plot.Axes.Left.TickGenerator = marks;
            _plot.Axes.Left.MajorTickStyle.Length = 0;
            return;
        }

        const float CharacterWidth = 7.2f, Turn = 45;
        _plot.Axes.Bottom.TickGenerator = marks;
        _plot.Axes.Bottom.MajorTickStyle.Length = 0;
        float longest = labels.Max(label => label.Length) * CharacterWidth;
        float room = (StillFigure.UsualWidth - 90f) / labels.Length;
        if (longest > room)
        {
            float side = longest * MathF.Sin(Turn * MathF.PI / 180);
            var style = _plot.Axes.Bottom.TickLabelStyle;
            (style.Rotation, style.Alignment, style.OffsetY) = (-Turn, Alignment.MiddleRight, 8);
            _plot.Axes.Bottom.MinimumSize = side + 44;
            _plot.Axes.Left.MinimumSize = side + 8 - room / 2;
        }
    }

    private void AddLine(GuideLine line)
    {
        var grey = Color.FromHex(Palette.Grey);
        if (line.IsUpright)
        {
            _plot.Add.VerticalLine(_x.Place(line.At), 1.2f, grey, LinePattern.Dotted);
        }
        else
        {
            _plot.Add.HorizontalLine(_y.Place(line.At), 1.2f, grey, LinePattern.Dotted);
        }
    }

    private void AddLabel(GuideLine line)
    {
        if (line.IsUpright)
        {
            Write(line.Label, _x.Place(line.At), _y.High, Alignment.UpperLeft, (4, 4));
        }
        else
        {
            Write(line.Label, _x.High, _y.Place(line.At), Alignment.LowerRight, (-4, -2));
        }
    }

    /// <summary>A remark above its point, with an arrow down to it.</summary>
    private void Add(Remark remark)
    {
        double x = _x.Place(remark.X), y = _y.Place(remark.Y);
        bool isLow = y < _y.Low + 0.8 * (_y.High - _y.Low), isRight = x > (_x.Low + _x.High) / 2;
        double above = (isLow ? 0.1 : -0.1) * (_y.High - _y.Low);
        double aside = (isRight ? -0.03 : 0.03) * (_x.High - _x.Low);
        var arrow = _plot.Add.Arrow(x + aside, y + above, x, y);
        (arrow.ArrowLineWidth, arrow.ArrowFillColor) = (0, StillStyle.Ink);
        (arrow.ArrowWidth, arrow.ArrowheadWidth) = (1.2f, 7);
        (arrow.ArrowheadLength, arrow.ArrowheadAxisLength) = (8, 7);
        arrow.ArrowOffset = 5;
        Write(
            remark.Text, x + aside, y + above,
            (isLow, isRight) switch
            {
                (true, true) => Alignment.LowerRight,
                (true, false) => Alignment.LowerLeft,
                (false, true) => Alignment.UpperRight,
                _ => Alignment.UpperLeft,
            },
            (isRight ? 10 : -10, isLow ? -2 : 2));
    }

    private void Write(string text, double x, double y, Alignment alignment, (float X, float Y) offset)
    {
        var label = _plot.Add.Text(text, x, y);
        (label.LabelFontSize, label.LabelFontColor) = (StillStyle.TickFontSize, StillStyle.Ink);
        label.LabelAlignment = alignment;
        (label.OffsetX, label.OffsetY) = offset;
    }
}
