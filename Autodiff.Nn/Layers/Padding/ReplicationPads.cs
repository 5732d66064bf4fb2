namespace Autodiff.Nn;

/// <summary>Puts the first and last entries, repeated, around the last dimension.</summary>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <inheritdoc cref="ZeroPad1d" path="//param|//exception"/>
public class ReplicationPad1d(int[] padding) : PaddingLayer(1, padding, PadMode.Replicate)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public ReplicationPad1d(int padding) : this([padding])
    {
    }
}

/// <summary>Puts the first and last entries, repeated, around the last two dimensions.</summary>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <inheritdoc cref="ZeroPad2d" path="//param|//exception"/>
public class ReplicationPad2d(int[] padding) : PaddingLayer(2, padding, PadMode.Replicate)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public ReplicationPad2d(int padding) : this([padding])
    {
    }
}

/// <summary>Puts the first and last entries, repeated, around the last three dimensions.</summary>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <inheritdoc cref="ZeroPad3d" path="//param|//exception"/>
public class ReplicationPad3d(int[] padding) : PaddingLayer(3, padding, PadMode.Replicate)
{
    /// <inheritdoc cref="ZeroPad1d(int)"/>
    public ReplicationPad3d(int padding) : this([padding])
    {
    }
}
