namespace Autodiff.Nn;

/// <summary>Puts the input mirrored at its first and last entries around the last dimension.</summary>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <inheritdoc cref="ZeroPad1d" path="//param|//exception"/>
public class ReflectionPad1d(int[] padding) : PaddingLayer(1, padding, PadMode.Reflect)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public ReflectionPad1d(int padding) : this([padding])
    {
    }
}

/// <summary>Puts the input mirrored at its first and last entries around the last two dimensions.</summary>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <inheritdoc cref="ZeroPad2d" path="//param|//exception"/>
public class ReflectionPad2d(int[] padding) : PaddingLayer(2, padding, PadMode.Reflect)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public ReflectionPad2d(int padding) : this([padding])
    {
    }
}

/// <summary>Puts the input mirrored at its first and last entries around the last three dimensions.</summary>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <inheritdoc cref="ZeroPad3d" path="//param|//exception"/>
public class ReflectionPad3d(int[] padding) : PaddingLayer(3, padding, PadMode.Reflect)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public ReflectionPad3d(int padding) : this([padding])
    {
    }
}
