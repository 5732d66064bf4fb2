namespace Figures;

/// <summary>Which steps of a long run become frames of an animation.</summary>
public static class FrameSteps
{
    /// <summary>Above this many, steps are left out evenly; the first and the last stay.</summary>
    public const int Maximum = 120;

    /// <summary>Which of <paramref name="count"/> steps become frames.</summary>
    public static IReadOnlyList<int> Sample(int count)
    {
        int frames = Math.Min(count, Maximum);
        return [.. Enumerable.Range(0, frames).Select(i =>
            frames == 1 ? 0 : (int)Math.Round((double)i * (count - 1) / (frames - 1)))];
    }
}
