using System.Text;
using System.Text.Json;

namespace Labs.Figures;

/// <summary>Something that Plotly.js draws. Fonts, grid lines and backgrounds come from the page's theme.</summary>
internal abstract class Figure(string title)
{
    public string Title { get; } = title;

    /// <summary>Height in CSS pixels; the width is the page's.</summary>
    public int Height { get; set; } = 420;

    /// <summary>The figure as the page's script reads it: <c>{height, data, layout, frames}</c>.</summary>
    public abstract Json ToJson();

    /// <summary>The JSON text, with large arrays moved to <paramref name="shared"/>, where there is one.</summary>
    public string ToJsonText(SharedArrays? shared = null)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            ToJson().WriteTo(writer, shared);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Assembles the whole from traces, a layout and, where something moves, an animation.</summary>
    protected Json Assemble(IEnumerable<Json> traces, Json layout, Animation? animation = null)
    {
        layout["title"] = new Json { ["text"] = Title };
        animation?.AddControls(layout);
        var figure = new Json
        {
            ["height"] = Height,
            ["data"] = traces.ToArray(),
            ["layout"] = layout,
        };
        if (animation is not null)
        {
            figure["frames"] = animation.Frames;
        }

        return figure;
    }
}
