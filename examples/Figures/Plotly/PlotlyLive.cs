namespace Figures.Plotly;

/// <summary>A <see cref="LiveFigure"/> as the page's script reads it.</summary>
internal static class PlotlyLive
{
    public static Json ToJson(LiveFigure figure) => new()
    {
        ["height"] = figure.Height,
        ["title"] = figure.Title,
        ["live"] = figure.Function,
        ["controls"] = figure.Controls.Select(ToJson).ToArray(),
        ["data"] = ToJson(figure.Data),
    };

    private static Json ToJson(LiveControl control)
    {
        var json = new Json { ["key"] = control.Key, ["label"] = control.Label };
        switch (control)
        {
            case Slider slider:
                json["kind"] = "slider";
                (json["from"], json["to"], json["value"]) = (slider.From, slider.To, slider.Value);
                (json["step"], json["log"], json["zero"]) = (slider.Step, slider.IsLog, slider.HasZero);
                json["plays"] = slider.Plays;
                break;
            case Choice choice:
                (json["kind"], json["choices"], json["value"]) = ("choice", choice.Choices.ToArray(), choice.Value);
                break;
            case Toggle toggle:
                (json["kind"], json["value"]) = ("toggle", toggle.Value);
                break;
            default:
                throw new ArgumentException($"A page has no control for {control.GetType().Name}.", nameof(control));
        }

        return json;
    }

    private static Json ToJson(Dictionary<string, object?> data)
    {
        var json = new Json();
        foreach (var (name, value) in data)
        {
            json[name] = value switch
            {
                Dictionary<string, object?> inner => ToJson(inner),
                object?[] items => Array.ConvertAll(items,
                    item => item is Dictionary<string, object?> inner ? ToJson(inner) : item),
                _ => value,
            };
        }

        return json;
    }
}
