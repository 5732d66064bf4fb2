namespace Autodiff.Nn;

/// <summary>
/// A setting along depth, height and width; one number stands for all three (PyTorch's <c>int or tuple</c>).
/// </summary>
/// <param name="Depth">Along the third to last dimension.</param>
/// <param name="Height">Along the second to last dimension.</param>
/// <param name="Width">Along the last dimension.</param>
public readonly record struct Size3D(int Depth, int Height, int Width)
{
    /// <summary>The same along all three.</summary>
    public static implicit operator Size3D(int size) => new(size, size, size);

    /// <summary>A depth, a height and a width.</summary>
    public static implicit operator Size3D((int Depth, int Height, int Width) size) =>
        new(size.Depth, size.Height, size.Width);

    public override string ToString() => $"{Depth} x {Height} x {Width}";
}
