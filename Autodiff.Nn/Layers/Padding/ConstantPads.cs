namespace Autodiff.Nn;

/// <summary>Puts a number around the last dimension.</summary>
/// <remarks>Inputs are [N, C, L] or [C, L], or of any rank with as many dimensions.</remarks>
public class ConstantPad1d : PaddingLayer
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    /// <param name="value">What is added.</param>
    public ConstantPad1d(int padding, double value) : this([padding], value)
    {
    }

    /// <summary>Makes the layer with a count for each side.</summary>
    /// <param name="padding">[left, right]; negative counts take entries away.</param>
    /// <param name="value">What is added.</param>
    /// <exception cref="ArgumentException">There are not 2 counts.</exception>
    public ConstantPad1d(int[] padding, double value) : base(1, padding, PadMode.Constant, anyRank: true, value)
    {
    }

    /// <summary>What is added.</summary>
    public double Value => Fill;

    /// <inheritdoc/>
    protected override string Settings => $"padding={base.Settings}, value={Format.Number(Value)}";
}

/// <summary>Puts a number around the last two dimensions.</summary>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W], or of any rank with as many dimensions.</remarks>
public class ConstantPad2d : PaddingLayer
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    /// <param name="value">What is added.</param>
    public ConstantPad2d(int padding, double value) : this([padding], value)
    {
    }

    /// <summary>Makes the layer with a count for each side.</summary>
    /// <param name="padding">[left, right, top, bottom]; negative counts take entries away.</param>
    /// <param name="value">What is added.</param>
    /// <exception cref="ArgumentException">There are not 4 counts.</exception>
    public ConstantPad2d(int[] padding, double value) : base(2, padding, PadMode.Constant, anyRank: true, value)
    {
    }

    /// <summary>What is added.</summary>
    public double Value => Fill;

    /// <inheritdoc/>
    protected override string Settings => $"padding={base.Settings}, value={Format.Number(Value)}";
}

/// <summary>Puts a number around the last three dimensions.</summary>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W], or of any rank with as many dimensions.</remarks>
public class ConstantPad3d : PaddingLayer
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    /// <param name="value">What is added.</param>
    public ConstantPad3d(int padding, double value) : this([padding], value)
    {
    }

    /// <summary>Makes the layer with a count for each side.</summary>
    /// <param name="padding">[left, right, top, bottom, front, back]; negative counts take entries away.</param>
    /// <param name="value">What is added.</param>
    /// <exception cref="ArgumentException">There are not 6 counts.</exception>
    public ConstantPad3d(int[] padding, double value) : base(3, padding, PadMode.Constant, anyRank: true, value)
    {
    }

    /// <summary>What is added.</summary>
    public double Value => Fill;

    /// <inheritdoc/>
    protected override string Settings => $"padding={base.Settings}, value={Format.Number(Value)}";
}
