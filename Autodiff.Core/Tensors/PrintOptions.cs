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

    /// <summary>Digits behind the point.</summary>
    public int Precision { get; init; } = 4;

    /// <summary>Tensors with more elements are summarised with <c>...</c>.</summary>
    public long Threshold { get; init; } = 1000;

    /// <summary>How many entries at each end of a dimension a summary shows.</summary>
    public int EdgeItems { get; init; } = 3;

    /// <summary>Characters in a line.</summary>
    public int LineWidth { get; init; } = 80;

    /// <summary>Whether numbers are written as 1.0000e+03; null decides by their range.</summary>
    public bool? ScientificNotation { get; init; }

    /// <summary>Every element, however many there are.</summary>
    public static PrintOptions Full => new() { Threshold = long.MaxValue };

    /// <summary>Two digits, two entries at each end.</summary>
    public static PrintOptions Short => new() { Precision = 2, EdgeItems = 2 };
}
