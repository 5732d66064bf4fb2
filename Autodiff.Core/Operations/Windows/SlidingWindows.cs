namespace Autodiff.Operations;

/// <summary>Neighbouring windows of one size, each as far from the next as from the one before.</summary>
/// <param name="First">The first window.</param>
/// <param name="End">The one after the last.</param>
/// <param name="Start">Where the first one starts.</param>
/// <param name="Stride">From the start of one to the start of the next.</param>
/// <param name="Count">Entries of each.</param>
/// <param name="Divisor">What each sum is divided by.</param>
internal readonly record struct SlidingWindows(int First, int End, int Start, int Stride, int Count, double Divisor)
{
    /// <summary>No window.</summary>
    public static SlidingWindows None => new(0, 0, 0, 1, 1, 1);
}
