namespace Autodiff.Nn;

/// <summary>Puts the other end of the input around the last dimension, as if it went on in a circle.</summary>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
public class CircularPad1d : PaddingLayer
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    public CircularPad1d(int padding) : this([padding])
    {
    }

    /// <summary>Makes the layer with a count for each side.</summary>
    /// <param name="padding">[left, right]; negative counts take entries away.</param>
    /// <exception cref="ArgumentException">There are not 2 counts.</exception>
    public CircularPad1d(int[] padding) : base(1, padding, PadMode.Circular)
    {
    }
}

/// <summary>Puts the other end of the input around the last two dimensions, as if it went on in a circle.</summary>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
public class CircularPad2d : PaddingLayer
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    public CircularPad2d(int padding) : this([padding])
    {
    }

    /// <summary>Makes the layer with a count for each side.</summary>
    /// <param name="padding">[left, right, top, bottom]; negative counts take entries away.</param>
    /// <exception cref="ArgumentException">There are not 4 counts.</exception>
    public CircularPad2d(int[] padding) : base(2, padding, PadMode.Circular)
    {
    }
}

/// <summary>Puts the other end of the input around the last three dimensions, as if it went on in a circle.</summary>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
public class CircularPad3d : PaddingLayer
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    public CircularPad3d(int padding) : this([padding])
    {
    }

    /// <summary>Makes the layer with a count for each side.</summary>
    /// <param name="padding">[left, right, top, bottom, front, back]; negative counts take entries away.</param>
    /// <exception cref="ArgumentException">There are not 6 counts.</exception>
    public CircularPad3d(int[] padding) : base(3, padding, PadMode.Circular)
    {
    }
}
