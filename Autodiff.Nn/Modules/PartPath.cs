namespace Autodiff.Nn;

/// <summary>
/// Where a module or one of its tensors stands: links to the modules around it, from which the path is put together
/// when somebody asks for it. A registration is one link, however deep the module inside is; and a tensor that outlives
/// its module keeps these links alive, not the module.
/// </summary>
internal sealed class PartPath : ITensorName
{
    /// <summary>Shared parts have several places; more than these are hardly those of one network.</summary>
    private const int MostPlaces = 8;

    private static int s_changes;

    private readonly List<(PartPath Around, string Name, int Index)> _places = new(1);
    private Known? _known;

    /// <summary>
    /// The path from the outermost module; of several ways there the first in the order of registration.
    /// </summary>
    public string Path
    {
        get
        {
            int changes = Volatile.Read(ref s_changes);
            Known? known = _known;
            if (known is null || known.Changes != changes)
            {
                List<(string Name, int Index)> way = Way();
                way.Reverse();
                _known = known = new(changes, string.Join('.', way.Select(step => step.Name)));
            }

            return known.Path;
        }
    }

    /// <summary>From now on this part is in a module, under a name.</summary>
    public void Enter(PartPath around, string name, int index)
    {
        if (_places.Count == MostPlaces)
        {
            _places.RemoveAt(0);
        }

        _places.Add((around, name, index));
        Interlocked.Increment(ref s_changes);
    }

    private sealed record Known(int Changes, string Path);

    private PartPath Outermost()
    {
        PartPath part = this;
        while (part._places.Count > 0)
        {
            part = part._places[^1].Around;
        }

        return part;
    }

    /// <summary>The steps of the path, innermost first.</summary>
    /// <param name="known">Those of shared parts, which many ways may lead to.</param>
    private List<(string Name, int Index)> Way(Dictionary<PartPath, List<(string Name, int Index)>>? known = null)
    {
        List<(string Name, int Index)> way = [];
        PartPath part = this;
        while (part._places.Count == 1)
        {
            (part, string name, int index) = part._places[0];
            way.Add((name, index));
        }

        if (part._places.Count > 1)
        {
            known ??= [];
            if (!known.TryGetValue(part, out List<(string Name, int Index)>? first))
            {
                PartPath outermost = part.Outermost();
                first = part._places.Where(place => ReferenceEquals(place.Around.Outermost(), outermost))
                    .Select(place =>
                        (List<(string Name, int Index)>)[(place.Name, place.Index), .. place.Around.Way(known)])
                    .MinBy(static steps => steps, Comparer<List<(string Name, int Index)>>.Create(InOrder))!;
                known.Add(part, first);
            }

            way.AddRange(first);
        }

        return way;
    }

    /// <summary>
    /// Modules are walked from the outside in, what stands directly in one before what stands deeper.
    /// </summary>
    private static int InOrder(List<(string Name, int Index)> a, List<(string Name, int Index)> b)
    {
        for (int i = 1; i < Math.Min(a.Count, b.Count); i++) // all but the last step lead through modules
        {
            int relation = a[^i].Index.CompareTo(b[^i].Index);
            if (relation != 0)
            {
                return relation;
            }
        }

        return a.Count != b.Count ? a.Count.CompareTo(b.Count) : a[0].Index.CompareTo(b[0].Index);
    }
}
