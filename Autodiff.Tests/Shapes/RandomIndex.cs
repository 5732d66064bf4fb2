namespace Autodiff.Tests.Shapes;

/// <summary>A random index of a shape, with its meaning said by coordinates.</summary>
internal sealed class RandomIndex
{
    private readonly List<TensorIndex> _entries = [];
    private readonly List<Axis> _axes = [];
    private readonly List<(int Dim, int At)> _integers = [];
    private readonly List<(int Dim, int AxesBefore, NaiveArray At)> _positions = [];
    private readonly int[] _shape;
    private readonly int[] _common; // what the positions broadcast to

    public RandomIndex(Random random, int[] shape, bool advanced)
    {
        _shape = shape;
        _common = [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => random.Next(1, 4))];
        int ellipsis = random.Next(2 * shape.Length + 2);
        for (int d = 0; d <= shape.Length; d++)
        {
            if (d == ellipsis)
            {
                _entries.Add(TensorIndex.Ellipsis);
                for (int end = random.Next(d, shape.Length + 1); d < end; d++)
                {
                    _axes.Add(new(d, shape[d], i => i));
                }
            }

            if (random.Next(6) == 0)
            {
                _entries.Add(TensorIndex.NewAxis);
                _axes.Add(new(-1, 1, i => i));
            }

            if (d < shape.Length)
            {
                Entry(random, d, shape[d], random.Next(advanced ? 4 : 2));
            }
        }
    }

    public TensorIndex[] Entries => [.. _entries];

    /// <summary>The shape of the indexed part.</summary>
    public int[] Result => [.. _axes[..Lead].Select(a => a.Size), .. Block, .. _axes[Lead..].Select(a => a.Size)];

    /// <summary>
    /// Where the positions' dimensions stand: in their place if nothing comes between them, else first.
    /// </summary>
    private int Lead =>
        _positions.Count > 0 && _positions.TrueForAll(p => p.AxesBefore == _positions[0].AxesBefore)
            ? _positions[0].AxesBefore
            : 0;

    private int[] Block => _positions.Count > 0 ? _common : [];

    /// <summary>From a coordinate of the result to a coordinate of the operand.</summary>
    public int[] Source(int[] at)
    {
        int[] from = new int[_shape.Length];
        int[] block = at[Lead..(Lead + Block.Length)];
        _integers.ForEach(i => from[i.Dim] = i.At);
        _positions.ForEach(p => from[p.Dim] = (int)p.At.BroadcastTo(_common)[block]);
        for (int a = 0; a < _axes.Count; a++)
        {
            if (_axes[a].Dim >= 0)
            {
                from[_axes[a].Dim] = _axes[a].Read(at[a < Lead ? a : a + Block.Length]);
            }
        }

        return from;
    }

    public override string ToString() => $"[{string.Join(", ", _entries)}] of [{string.Join(", ", _shape)}]";

    private void Entry(Random random, int d, int size, int kind)
    {
        switch (kind)
        {
            case 0 when size > 0:
                int at = random.Next(-size, size);
                _entries.Add(at < 0 && random.Next(2) == 0 ? (TensorIndex)(^-at) : at);
                _integers.Add((d, at < 0 ? at + size : at));
                break;
            case 3 when size > 0:
                // The first has the common shape, so that all broadcast to it and none is a single integer.
                int[] own = _positions.Count == 0
                    ? _common
                    : [.. _common[random.Next(_common.Length)..].Select(n => random.Next(3) == 0 ? 1 : n)];
                NaiveArray index = new(own,
                    [.. NaiveArray.Coordinates(own).Select(_ => (long)random.Next(-size, size))]);
                _entries.Add(index.ToTensor());
                _positions.Add((d, _axes.Count,
                    index with { Values = [.. index.Values.Select(v => v < 0 ? v + size : v)] }));
                break;
            default:
                int start = random.Next(-size - 1, size + 2), stop = random.Next(-size - 1, size + 2),
                    step = random.Next(1, 3);
                int first = Clip(start), last = Clip(stop);
                _entries.Add(step == 1 && start >= 0 && stop >= 0 ? start..stop : TensorIndex.Slice(start, stop, step));
                _axes.Add(new(d, last <= first ? 0 : (last - first + step - 1) / step, i => first + (i * step)));
                break;
        }

        int Clip(int place) => Math.Clamp(place < 0 ? place + size : place, 0, size);
    }

    private sealed record Axis(int Dim, int Size, Func<int, int> Read);
}
