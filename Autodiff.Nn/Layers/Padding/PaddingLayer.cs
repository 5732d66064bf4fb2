namespace Autodiff.Nn;

/// <summary>What padding layers share.</summary>
public abstract class PaddingLayer : Module
{
    private readonly int[] _padding;
    private readonly PadMode _mode;
    private readonly bool _anyRank;

    private protected PaddingLayer(int dimensions, int[] padding, PadMode mode, bool anyRank = false, double value = 0)
    {
        ArgumentNullException.ThrowIfNull(padding);
        if (padding.Length != 1 && padding.Length != 2 * dimensions)
        {
            throw new ArgumentException(
                $"{GetType().Name}: padding [{string.Join(", ", padding)}] must be one count for all sides, or "
                    + $"{2 * dimensions}: "
                + "before and after each dimension, the last dimension first.", nameof(padding));
        }

        _padding = padding.Length == 1 ? [.. Enumerable.Repeat(padding[0], 2 * dimensions)] : [.. padding];
        (_mode, _anyRank, Fill) = (mode, anyRank, value);
    }

    /// <summary>How many entries are added before and after each dimension, the last dimension first; negative counts
    /// take away.</summary>
    public IReadOnlyList<int> Padding => _padding;

    /// <summary>What is added where the mode is constant.</summary>
    private protected double Fill { get; }

    protected override string Settings => $"({string.Join(", ", _padding)})";

    public override Tensor Forward(Tensor x)
    {
        if (!_anyRank)
        {
            PoolWindows.RequireSpatial(GetType().Name, x, _padding.Length / 2);
        }

        ArgumentNullException.ThrowIfNull(x);
        return x.Pad(_padding, _mode, Fill);
    }
}
