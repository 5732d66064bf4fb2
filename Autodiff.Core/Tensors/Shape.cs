using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Autodiff;

/// <summary>The sizes of a tensor's dimensions, outermost first; empty for a single number.</summary>
/// <remarks>
/// Immutable. Converts implicitly from an int array and from a collection expression: <c>Shape s = [2, 3];</c>
/// </remarks>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IReadOnlyList<int>, IEquatable<Shape>
{
    private readonly int[]? _sizes;

    internal Shape(int[] sizes) => _sizes = sizes;

    /// <summary>A shape of the given sizes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public static Shape Create(ReadOnlySpan<int> sizes)
    {
        foreach (int size in sizes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(sizes));
        }

        return new(sizes.ToArray());
    }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Sizes.Length;

    /// <summary>The number of dimensions, as for any list.</summary>
    int IReadOnlyCollection<int>.Count => Rank;

    /// <summary>The product of the sizes: how many elements a tensor of this shape has.</summary>
    /// <exception cref="OverflowException">There are more than 64 bits can count.</exception>
    public long ElementCount => IO.ShapeMath.TryCount(Sizes)
        ?? throw new OverflowException($"The shape {this} has more elements than 64 bits can count, {long.MaxValue}.");

    /// <summary>The size of dimension <paramref name="dim"/>; negative counts from the last.</summary>
    public int this[int dim] => Sizes[dim < 0 ? dim + Rank : dim];

    /// <summary>The size of a dimension counted from either end: <c>shape[^1]</c>.</summary>
    public int this[Index dim] => Sizes[dim];

    internal int[] Sizes => _sizes ?? [];

    /// <summary>The sizes as a span.</summary>
    public ReadOnlySpan<int> AsSpan() => Sizes;

    /// <summary>A copy of the sizes.</summary>
    public int[] ToArray() => [.. Sizes];

    public bool Equals(Shape other) => AsSpan().SequenceEqual(other.AsSpan());

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Shape other && Equals(other);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int size in Sizes)
        {
            hash.Add(size);
        }

        return hash.ToHashCode();
    }

    /// <summary>Whether rank and sizes agree.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether rank or sizes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>A shape of the sizes in an array.</summary>
    public static implicit operator Shape(int[] sizes) => Create(sizes);

    /// <summary>The sizes as a span, for methods that take <c>params ReadOnlySpan&lt;int&gt;</c>.</summary>
    public static implicit operator ReadOnlySpan<int>(Shape shape) => shape.AsSpan();

    /// <summary>Enumerates the sizes without allocation.</summary>
    public ReadOnlySpan<int>.Enumerator GetEnumerator() => AsSpan().GetEnumerator();

    IEnumerator<int> IEnumerable<int>.GetEnumerator() => ((IEnumerable<int>)Sizes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Sizes.GetEnumerator();

    /// <summary>The sizes in brackets: <c>[2, 3]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Sizes)}]";
}
