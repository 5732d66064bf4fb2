namespace Figures;

/// <summary>Round distances between marks.</summary>
internal static class RoundStep
{
    /// <summary>
    /// The number of the form 1, 2 or 5 times a power of ten that is nearest to <paramref name="rough"/>.
    /// </summary>
    public static double Of(double rough)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * (rough / power) switch
        {
            < 1.5 => 1,
            < 3.5 => 2,
            < 7.5 => 5,
            _ => 10,
        };
    }
}
