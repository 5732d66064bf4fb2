namespace Autodiff.Nn;

/// <summary>Puts the first and last entries, repeated, around the last dimension.</summary>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
public class ReplicationPad1d : PaddingLayer
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    public ReplicationPad1d(int padding) : this([padding])
    {
    }

    /// <summary>Makes the layer with a count for each side.</summary>
    /// <param name="padding">[left, right]; negative counts take entries away.</param>
    /// <exception cref="ArgumentException">There are not 2 counts.</exception>
    public ReplicationPad1d(int[] padding) : base(1, padding, PadMode.Replicate)
    {
    }
}

/// <summary>Puts the first and last entries, repeated, around the last two dimensions.</summary>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
public class ReplicationPad2d : PaddingLayer
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    public ReplicationPad2d(int padding) : this([padding])
    {
    }

    /// <summary>Makes the layer with a count for each side.</summary>
    /// <param name="padding">[left, right, top, bottom]; negative counts take entries away.</param>
    /// <exception cref="ArgumentException">There are not 4 counts.</exception>
    public ReplicationPad2d(int[] padding) : base(2, padding, PadMode.Replicate)
    {
    }
}

/// <summary>Puts the first and last entries, repeated, around the last three dimensions.</summary>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
public class ReplicationPad3d : PaddingLayer
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    public ReplicationPad3d(int padding) : this([padding])
    {
    }

    /// <summary>Makes the layer with a count for each side.</summary>
    /// <param name="padding">[left, right, top, bottom, front, back]; negative counts take entries away.</param>
    /// <exception cref="ArgumentException">There are not 6 counts.</exception>
    public ReplicationPad3d(int[] padding) : base(3, padding, PadMode.Replicate)
    {
    }
}
