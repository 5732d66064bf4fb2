namespace Labs.Figures;

/// <summary>Small grey images in a grid, each with a caption: digits, as a page of a dataset.</summary>
internal sealed class DigitGrid : Figure
{
    private const int Padding = 3;
    private const int CellPixels = 128;
    private const int TitleHeight = 60;
    private readonly Grid[] _images;
    private readonly string[] _captions;
    private readonly int _columns;

    /// <param name="title">The figure's title.</param>
    /// <param name="images">Images of one size.</param>
    /// <param name="captions">One a picture, or none.</param>
    /// <param name="columns">How many stand in a row.</param>
    /// <exception cref="ArgumentException">Sizes differ, or there are captions, but not one a picture.</exception>
    public DigitGrid(string title, IReadOnlyList<Grid> images, IReadOnlyList<string>? captions = null, int columns = 8)
        : base(title)
    {
        (_images, _captions) = ([.. images], [.. captions ?? []]);
        _columns = Math.Clamp(images.Count, 1, columns);
        if (images.Any(image => image.Rows != images[0].Rows || image.Columns != images[0].Columns))
        {
            throw new ArgumentException($"DigitGrid '{title}': the images differ in size.", nameof(images));
        }

        if (_captions.Length != 0 && _captions.Length != images.Count)
        {
            throw new ArgumentException(
                $"DigitGrid '{title}': {_captions.Length} captions for {images.Count} images.", nameof(captions));
        }

        Height = TitleHeight + CellPixels * ((images.Count + _columns - 1) / _columns);
    }

    /// <summary>Flat row-major images, 28 by 28 as MNIST's unless told.</summary>
    public DigitGrid(
        string title, IReadOnlyList<float[]> images, IReadOnlyList<string>? captions = null, int columns = 8,
        int rows = 28)
        : this(title, [.. images.Select(image => Grid.FromRowMajor(image, rows, image.Length / rows))], captions,
            columns)
    {
    }

    public override Json ToJson()
    {
        if (_images.Length == 0)
        {
            return Assemble([], new Json { ["xaxis"] = BareAxis(), ["yaxis"] = ImageRows() });
        }

        int captionHeight = _captions.Length > 0 ? 6 : 0;
        int cellHeight = _images[0].Rows + Padding + captionHeight, cellWidth = _images[0].Columns + Padding;
        int rows = (_images.Length + _columns - 1) / _columns;
        var mosaic = new double[rows * cellHeight, _columns * cellWidth];
        foreach (ref double pixel in System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref mosaic[0, 0],
            mosaic.Length))
        {
            pixel = double.NaN;
        }

        var annotations = new List<Json>();
        for (int index = 0; index < _images.Length; index++)
        {
            int top = index / _columns * cellHeight, left = index % _columns * cellWidth;
            for (int i = 0; i < _images[index].Rows; i++)
            {
                for (int j = 0; j < _images[index].Columns; j++)
                {
                    mosaic[top + i, left + j] = _images[index][i, j];
                }
            }

            if (captionHeight > 0)
            {
                annotations.Add(new Json
                {
                    ["x"] = left + _images[index].Columns / 2.0,
                    ["y"] = top + _images[index].Rows + 0.5,
                    ["text"] = _captions[index],
                    ["showarrow"] = false,
                    ["yanchor"] = "top",
                    ["font"] = new Json { ["size"] = 11 },
                });
            }
        }

        var trace = new Json
        {
            ["type"] = "heatmap",
            ["z"] = (Grid)mosaic,
            ["colorscale"] = new object[] { new object[] { 0.0, "#101216" }, new object[] { 1.0, "#f7f7f5" } },
            ["showscale"] = false,
            ["hoverinfo"] = "z",
        };
        return Assemble([trace], new Json
        {
            ["xaxis"] = BareAxis(),
            ["yaxis"] = ImageRows(),
            ["annotations"] = annotations.ToArray(),
            ["margin"] = new Json { ["l"] = 12, ["r"] = 12, ["t"] = TitleHeight - 16, ["b"] = 12 },
        });
    }

    internal static Json BareAxis() => new()
    {
        ["visible"] = false,
        ["constrain"] = "domain",
    };

    /// <summary>Rows counted from the top, pixels square.</summary>
    internal static Json ImageRows()
    {
        var axis = BareAxis();
        axis["autorange"] = "reversed";
        axis["scaleanchor"] = "x";
        return axis;
    }
}
