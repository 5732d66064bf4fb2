namespace Autodiff.Nn;

/// <summary>
/// A setting along the height and along the width; one number stands for both (PyTorch's <c>int or tuple</c>).
/// </summary>
/// <param name="Height">Along the second to last dimension.</param>
/// <param name="Width">Along the last dimension.</param>
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>The same along both.</summary>
    public static implicit operator Size2D(int size) => new(size, size);

    /// <summary>A height and a width.</summary>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    public override string ToString() => $"{Height} x {Width}";
}
