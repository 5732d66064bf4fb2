namespace Autodiff.Nn;

/// <summary>Puts the other end of the input around the last dimension, as if it went on in a circle.</summary>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <inheritdoc cref="ZeroPad1d" path="//param|//exception"/>
public class CircularPad1d(int[] padding) : PaddingLayer(1, padding, PadMode.Circular)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public CircularPad1d(int padding) : this([padding])
    {
    }
}

/// <summary>Puts the other end of the input around the last two dimensions, as if it went on in a circle.</summary>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <inheritdoc cref="ZeroPad2d" path="//param|//exception"/>
public class CircularPad2d(int[] padding) : PaddingLayer(2, padding, PadMode.Circular)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public CircularPad2d(int padding) : this([padding])
    {
    }
}

/// <summary>Puts the other end of the input around the last three dimensions, as if it went on in a circle.</summary>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <inheritdoc cref="ZeroPad3d" path="//param|//exception"/>
public class CircularPad3d(int[] padding) : PaddingLayer(3, padding, PadMode.Circular)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public CircularPad3d(int padding) : this([padding])
    {
    }
}
