namespace Autodiff.Nn;

/// <summary>Data sets one after the other.</summary>
/// <typeparam name="T">A sample.</typeparam>
public sealed class ConcatDataset<T> : Dataset<T>
{
    private readonly Dataset<T>[] _parts;
    private readonly int[] _ends;

    /// <summary>Joins data sets.</summary>
    /// <param name="parts">The data sets, in order.</param>
    public ConcatDataset(params ReadOnlySpan<Dataset<T>> parts)
    {
        _parts = parts.ToArray();
        _ends = new int[_parts.Length];
        for (int i = 0, end = 0; i < _parts.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(_parts[i], nameof(parts));
            _ends[i] = end = checked(end + _parts[i].Count);
        }
    }

    /// <summary>The data sets.</summary>
    public IReadOnlyList<Dataset<T>> Parts => _parts;

    public override int Count => _ends.Length == 0 ? 0 : _ends[^1];

    protected override T Get(int index)
    {
        int found = Array.BinarySearch(_ends, index + 1);
        int part = found < 0 ? ~found : found;
        while (part > 0 && _ends[part - 1] > index)
        {
            part--; // of several equal ends (empty parts) the first is meant
        }

        return _parts[part][index - (part == 0 ? 0 : _ends[part - 1])];
    }
}
