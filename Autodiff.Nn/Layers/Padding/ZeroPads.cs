namespace Autodiff.Nn;

/// <summary>Puts zeros around the last dimension.</summary>
/// <remarks>Inputs are [N, C, L] or [C, L], or of any rank with as many dimensions.</remarks>
/// <param name="padding">[left, right]; negative counts take entries away.</param>
/// <exception cref="ArgumentException">There are not 2 counts.</exception>
public class ZeroPad1d(int[] padding) : PaddingLayer(1, padding, PadMode.Constant, anyRank: true)
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    public ZeroPad1d(int padding) : this([padding])
    {
    }
}

/// <summary>Puts zeros around the last two dimensions.</summary>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W], or of any rank with as many dimensions.</remarks>
/// <param name="padding">[left, right, top, bottom]; negative counts take entries away.</param>
/// <exception cref="ArgumentException">There are not 4 counts.</exception>
public class ZeroPad2d(int[] padding) : PaddingLayer(2, padding, PadMode.Constant, anyRank: true)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public ZeroPad2d(int padding) : this([padding])
    {
    }
}

/// <summary>Puts zeros around the last three dimensions.</summary>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W], or of any rank with as many dimensions.</remarks>
/// <param name="padding">[left, right, top, bottom, front, back]; negative counts take entries away.</param>
/// <exception cref="ArgumentException">There are not 6 counts.</exception>
public class ZeroPad3d(int[] padding) : PaddingLayer(3, padding, PadMode.Constant, anyRank: true)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public ZeroPad3d(int padding) : this([padding])
    {
    }
}
