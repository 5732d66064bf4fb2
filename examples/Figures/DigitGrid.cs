using System.Runtime.InteropServices;

namespace Figures;

/// <summary>Small grey images in a grid, each with a caption: digits, as a page of a dataset.</summary>
public sealed class DigitGrid : Figure
{
    /// <summary>Pixels that the title takes from the height.</summary>
    public const int TitleHeight = 60;

    private const int Padding = 3;
    private const int CaptionRows = 6;
    private const int CellPixels = 128;
    private readonly Grid[] _images;
    private readonly string[] _captions;
    private readonly int _columns;

    /// <param name="title">The figure's title.</param>
    /// <param name="images">Images of one size.</param>
    /// <param name="captions">One an image, or none.</param>
    /// <param name="columns">How many stand in a row.</param>
    /// <exception cref="ArgumentException">Sizes differ, or there are captions, but not one an image.</exception>
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
        : this(
            title, [.. images.Select(image => Grid.FromRowMajor(image, rows, image.Length / rows))], captions,
            columns)
    {
    }

    public bool IsEmpty => _images.Length == 0;

    public int Count => _images.Length;

    /// <summary>How many images stand in a row.</summary>
    public int Columns => _columns;

    /// <summary>The room of an image with its caption, in the mosaic's pixels.</summary>
    public (int Width, int Height) Cell => IsEmpty ? (0, 0) : (CellWidth, CellHeight);

    /// <summary>All images in one, rows from the top; NaN between them.</summary>
    public Grid Mosaic()
    {
        int rows = (_images.Length + _columns - 1) / _columns;
        var mosaic = new double[rows * CellHeight, _columns * CellWidth];
        MemoryMarshal.CreateSpan(ref mosaic[0, 0], mosaic.Length).Fill(double.NaN);
        for (int index = 0; index < _images.Length; index++)
        {
            var (left, top) = Corner(index);
            for (int i = 0; i < _images[index].Rows; i++)
            {
                for (int j = 0; j < _images[index].Columns; j++)
                {
                    mosaic[top + i, left + j] = _images[index][i, j];
                }
            }
        }

        return mosaic;
    }

    /// <summary>
    /// The captions, and their upper middles in the mosaic: columns from the left, rows from the top.
    /// </summary>
    public IEnumerable<(double Column, double Row, string Text)> Captions() => _captions.Select((text, index) =>
    {
        var (left, top) = Corner(index);
        return (left + _images[index].Columns / 2.0, top + _images[index].Rows + 0.5, text);
    });

    private int CellWidth => _images[0].Columns + Padding;

    private int CellHeight => _images[0].Rows + Padding + (_captions.Length > 0 ? CaptionRows : 0);

    private (int Left, int Top) Corner(int index) => (index % _columns * CellWidth, index / _columns * CellHeight);
}
