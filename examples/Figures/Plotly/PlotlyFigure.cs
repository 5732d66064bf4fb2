using System.Text;
using System.Text.Json;

namespace Figures.Plotly;

/// <summary>
/// Figures as Plotly.js draws them. Fonts, grid lines and backgrounds come from the page's theme.
/// </summary>
public static class PlotlyFigure
{
    /// <summary>
    /// The figure as the page's script reads it, <c>{height, data, layout, motion}</c>, with large arrays moved to
    /// <paramref name="shared"/>, where there is one.
    /// </summary>
    public static string ToJsonText(this Figure figure, SharedArrays? shared = null)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            ToJson(figure).WriteTo(writer, shared);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    internal static Json ToJson(Figure figure) => figure switch
    {
        Plot plot => PlotlyPlot.ToJson(plot),
        Landscape landscape => new LandscapeScene(landscape).ToJson(),
        ContourPlot contour => PlotlyContour.ToJson(contour),
        MovingLandscape moving => PlotlyMovingLandscape.ToJson(moving),
        Image image => PlotlyImages.ToJson(image),
        DigitGrid digits => PlotlyImages.ToJson(digits),
        Variants variants => ToJson(variants),
        LiveFigure live => PlotlyLive.ToJson(live),
        _ => throw new ArgumentException($"Plotly draws no {figure.GetType().Name}.", nameof(figure)),
    };

    /// <summary>Assembles the whole from traces, a layout and, where something moves, an animation.</summary>
    internal static Json Assemble(Figure figure, IEnumerable<Json> traces, Json layout, Animation? animation = null)
    {
        layout["title"] = new Json { ["text"] = figure.Title };
        var json = new Json
        {
            ["height"] = figure.Height,
            ["data"] = traces.ToArray(),
            ["layout"] = layout,
        };
        if (animation is not null)
        {
            json["motion"] = animation.ToJson();
        }

        return json;
    }

    private static Json ToJson(Variants variants) => new()
    {
        ["height"] = variants.Height,
        ["settings"] = variants.Settings.Select((name, i) => new Json
        {
            ["name"] = name,
            ["choices"] = variants.All.Select(variant => variant.Choices[i]).Distinct().ToArray(),
        }).ToArray(),
        ["variants"] = variants.All.Select(variant => new Json
        {
            ["choices"] = variant.Choices,
            ["figure"] = ToJson(variant.Figure),
        }).ToArray(),
    };
}
