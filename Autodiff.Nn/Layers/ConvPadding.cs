namespace Autodiff.Nn;

/// <summary>
/// How a convolution pads its input: one number, one for each dimension, or <see cref="Same"/> or <see cref="Valid"/>
/// (PyTorch's
/// <c>int, tuple or str</c>). The default is none.
/// </summary>
public readonly struct ConvPadding : IEquatable<ConvPadding>
{
    private readonly int _first, _second, _third;
    private readonly Kind _kind;

    private ConvPadding(Kind kind, int first = 0, int second = 0, int third = 0) =>
        (_kind, _first, _second, _third) = (kind, first, second, third);

    private enum Kind
    {
        One,
        Two,
        Three,
        Same,
        Valid,
    }

    /// <summary>
    /// As much as makes the output as large as the input, one more behind than before where it is odd; for a stride of
    /// 1.
    /// </summary>
    public static ConvPadding Same => new(Kind.Same);

    /// <summary>None.</summary>
    public static ConvPadding Valid => new(Kind.Valid);

    /// <summary>Whether this is <see cref="Same"/>.</summary>
    public bool IsSame => _kind == Kind.Same;

    /// <summary>The same on both sides of all dimensions.</summary>
    public static implicit operator ConvPadding(int padding) => new(Kind.One, padding);

    /// <summary>Along height and width.</summary>
    public static implicit operator ConvPadding(Size2D padding) => new(Kind.Two, padding.Height, padding.Width);

    /// <inheritdoc cref="op_Implicit(Size2D)"/>
    public static implicit operator ConvPadding((int Height, int Width) padding) =>
        new(Kind.Two, padding.Height, padding.Width);

    /// <summary>Along depth, height and width.</summary>
    public static implicit operator ConvPadding(Size3D padding) =>
        new(Kind.Three, padding.Depth, padding.Height, padding.Width);

    /// <inheritdoc cref="op_Implicit(Size3D)"/>
    public static implicit operator ConvPadding((int Depth, int Height, int Width) padding) =>
        new(Kind.Three, padding.Depth, padding.Height, padding.Width);

    /// <summary>Whether both pad equally.</summary>
    public static bool operator ==(ConvPadding left, ConvPadding right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(ConvPadding left, ConvPadding right) => !left.Equals(right);

    public bool Equals(ConvPadding other) =>
        (_kind, _first, _second, _third) == (other._kind, other._first, other._second, other._third);

    public override bool Equals(object? obj) => obj is ConvPadding other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_kind, _first, _second, _third);

    public override string ToString() => _kind switch
    {
        Kind.Same => "same",
        Kind.Valid => "valid",
        Kind.One => $"{_first}",
        Kind.Two => $"({_first}, {_second})",
        _ => $"({_first}, {_second}, {_third})",
    };

    /// <summary>The zeros before the first and behind the last entry of each dimension.</summary>
    /// <param name="operation">What messages name.</param>
    /// <param name="kernel">The taps along each dimension.</param>
    /// <param name="dilation">The steps between taps.</param>
    /// <param name="stride">The steps between windows.</param>
    /// <exception cref="ArgumentException">
    /// There is another number of dimensions; or the stride is not 1 for "same".
    /// </exception>
    internal (int[] Before, int[] After) Along(string operation, int[] kernel, int[] dilation, int[] stride)
    {
        int spatial = kernel.Length;
        int[] before = new int[spatial], after = new int[spatial];
        if (_kind == Kind.Same)
        {
            if (Array.Exists(stride, static step => step != 1))
            {
                throw new ArgumentException(
                    $"{operation}: padding \"same\" needs stride 1, not {Format.Tuple(stride)}; say how many "
                    + "zeros to add instead.");
            }

            for (int d = 0; d < spatial; d++)
            {
                int all = checked(dilation[d] * (kernel[d] - 1));
                (before[d], after[d]) = (all / 2, all - (all / 2));
            }

            return (before, after);
        }

        int[] counts = _kind switch
        {
            Kind.Valid => before,
            Kind.One => [.. Enumerable.Repeat(_first, spatial)],
            Kind.Two => [_first, _second],
            _ => [_first, _second, _third],
        };
        if (counts.Length != spatial)
        {
            throw new ArgumentException(
                $"{operation}: padding {this} has {counts.Length} numbers; one or {spatial} are needed.");
        }

        foreach (int count in counts)
        {
            if (count < 0)
            {
                throw new ArgumentException($"{operation}: padding is {this}; it must be 0 or more.");
            }
        }

        return (counts, counts);
    }
}
