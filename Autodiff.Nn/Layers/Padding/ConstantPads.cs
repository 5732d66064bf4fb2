namespace Autodiff.Nn;

/// <summary>What the layers that pad with a number have in common.</summary>
public abstract class ConstantPadNd : PaddingLayer
{
    private protected ConstantPadNd(int dimensions, int[] padding, double value)
        : base(dimensions, padding, PadMode.Constant, anyRank: true, value)
    {
    }

    /// <summary>What is added.</summary>
    public double Value => Fill;

    protected override string Settings => $"padding={base.Settings}, value={Format.Number(Value)}";
}

/// <summary>Puts a number around the last dimension.</summary>
/// <remarks>Inputs are [N, C, L] or [C, L], or of any rank with as many dimensions.</remarks>
/// <inheritdoc cref="ZeroPad1d" path="//param|//exception"/>
/// <param name="value">What is added.</param>
public class ConstantPad1d(int[] padding, double value) : ConstantPadNd(1, padding, value)
{
    /// <summary>Makes the layer with one count for all sides.</summary>
    /// <param name="padding">How many entries are added on each side.</param>
    /// <param name="value">What is added.</param>
    public ConstantPad1d(int padding, double value) : this([padding], value)
    {
    }
}

/// <summary>Puts a number around the last two dimensions.</summary>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W], or of any rank with as many dimensions.</remarks>
/// <inheritdoc cref="ZeroPad2d" path="//param|//exception"/>
/// <param name="value">What is added.</param>
public class ConstantPad2d(int[] padding, double value) : ConstantPadNd(2, padding, value)
{
    /// <inheritdoc cref="ConstantPad1d(int, double)"/>
    public ConstantPad2d(int padding, double value) : this([padding], value)
    {
    }
}

/// <summary>Puts a number around the last three dimensions.</summary>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W], or of any rank with as many dimensions.</remarks>
/// <inheritdoc cref="ZeroPad3d" path="//param|//exception"/>
/// <param name="value">What is added.</param>
public class ConstantPad3d(int[] padding, double value) : ConstantPadNd(3, padding, value)
{
    /// <inheritdoc cref="ConstantPad1d(int, double)"/>
    public ConstantPad3d(int padding, double value) : this([padding], value)
    {
    }
}
