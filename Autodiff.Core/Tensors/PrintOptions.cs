using System.Numerics;

namespace Autodiff;

/// <summary>How tensors are printed, as <c>torch.set_printoptions</c>.</summary>
public sealed record PrintOptions
{
    private static PrintOptions s_default = new();

    /// <summary>What <see cref="Tensor.ToString()"/> uses, on every thread.</summary>
    public static PrintOptions Default
    {
        get => s_default;
        set => s_default = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Digits behind the point; from 0 to 1100, which shows every number exactly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public int Precision { get; init => field = InRange(value, 0, 1100, nameof(Precision)); } = 4;

    /// <summary>Tensors with more elements are summarised with <c>...</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long Threshold { get; init => field = InRange(value, 0, long.MaxValue, nameof(Threshold)); } = 1000;

    /// <summary>How many entries at each end of a dimension a summary shows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int EdgeItems { get; init => field = InRange(value, 0, int.MaxValue, nameof(EdgeItems)); } = 3;

    /// <summary>Characters in a line.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public int LineWidth { get; init => field = InRange(value, 1, int.MaxValue, nameof(LineWidth)); } = 80;

    /// <summary>Whether numbers are written as 1.0000e+03; null decides by their range.</summary>
    public bool? ScientificNotation { get; init; }

    /// <summary>Every element, however many there are.</summary>
    public static PrintOptions Full => new() { Threshold = long.MaxValue };

    /// <summary>Two digits, two entries at each end.</summary>
    public static PrintOptions Short => new() { Precision = 2, EdgeItems = 2 };

    private static T InRange<T>(T value, T least, T most, string name) where T : INumber<T> =>
        value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value,
            $"PrintOptions.{name}: must lie in [{least}, {most}].");
}
