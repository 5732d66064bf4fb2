namespace Autodiff.Operations;

/// <summary>
/// What stands between the brackets of <c>t[...]</c>, resolved against a shape: a view, then positions in it.
/// </summary>
internal sealed class IndexPlan
{
    private readonly BasicIndex _basic;
    private readonly PositionIndex? _at;

    public IndexPlan(BasicIndex basic, PositionIndex? at)
    {
        _basic = basic;
        _at = at;
    }

    public SavedTensor[] Saved => _at?.Saved ?? [];

    /// <summary>The same plan for another node.</summary>
    public IndexPlan Again() => _at is null ? this : new(_basic, _at.Again());

    /// <summary>The layout of the elements that a tensor of layout <paramref name="x"/> has there.</summary>
    public Layout Result(Layout x)
    {
        Layout view = _basic.Apply(x, 0).Layout;
        return _at is null ? view : _at.Result(view);
    }

    /// <summary>x[...], recorded.</summary>
    public Tensor Get(Tensor x)
    {
        Tensor view = _basic.IsWhole && _at is not null ? x : x.ViewBasic(_basic);
        return _at is null ? view : view.ReadAt("Index", _at);
    }

    /// <summary>
    /// x[...] for a gradient of what was put there: where positions repeat, only the last value stands there; all count
    /// if they were added.
    /// </summary>
    public Tensor GetWritten(Tensor x, bool added)
    {
        Tensor part = Get(x);
        return !added && _at?.Last(_basic.Apply(x.Layout, 0).Layout) is { } last ? Tensor.Where(last, part, 0) : part;
    }

    /// <summary>Puts values of the right type and shape there, without looking at the tape.</summary>
    public void Write(Tensor x, Tensor values, bool add)
    {
        (Layout layout, long offset) = _basic.Apply(x.Layout, x.Offset);
        Tensor place = x.Alias(layout, offset);
        if (_at is not null)
        {
            _at.Write(place, values.SharesMemory(x) ? values.Clone() : values, add);
        }
        else if (add)
        {
            place.AddRaw(place.Overlaps(values) ? values.Clone() : values);
        }
        else if (!place.Is(values))
        {
            x.Backend.Copy((place.Overlaps(values) ? values.Clone() : values).View, place.View);
        }
    }
}
