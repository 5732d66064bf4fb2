namespace Autodiff.Nn;

/// <summary>How the swings of <see cref="CyclicLR"/> change with time.</summary>
public enum CyclicMode
{
    /// <summary>They don't.</summary>
    Triangular,

    /// <summary>Each is half as high as the one before.</summary>
    Triangular2,

    /// <summary>They shrink by γ with every step.</summary>
    ExponentialRange,
}

/// <summary>The rate swings between two bounds, up and down in straight lines. Step it after every batch.</summary>
/// <remarks>
/// η = low + (high - low) s k, with s the place in the triangle and k the mode's scale: 1, 2^-(cycles before) or γᵗ.
/// Momentum, if cycled, swings the other way. L. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV
/// 2017, arXiv:1506.01186.
/// </remarks>
public sealed class CyclicLR : FormulaLRScheduler
{
    private readonly double[] _largest;
    private readonly double _cycle, _rise, _gamma, _smallestMomentum, _largestMomentum;
    private readonly CyclicMode _mode;
    private readonly IMomentumOptions[] _momenta;

    /// <summary>Swings between the same bounds for all groups.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="smallestRate">The lower bound (PyTorch's <c>base_lr</c>).</param>
    /// <param name="largestRate">The upper bound (PyTorch's <c>max_lr</c>).</param>
    /// <param name="stepsUp">Steps from low to high.</param>
    /// <param name="stepsDown">Steps from high to low; by default as many.</param>
    /// <param name="mode">How the swings change with time.</param>
    /// <param name="gamma">γ of <see cref="CyclicMode.ExponentialRange"/>.</param>
    /// <param name="cycleMomentum">Swing the momentum (or Adam's β₁) the other way.</param>
    /// <param name="smallestMomentum">The momentum at the largest rate.</param>
    /// <param name="largestMomentum">The momentum at the smallest rate.</param>
    /// <exception cref="ArgumentException">The optimizer has no momentum to cycle.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of steps is below 1.</exception>
    public CyclicLR(Optimizer optimizer, double smallestRate, double largestRate, int stepsUp = 2000,
        int? stepsDown = null,
        CyclicMode mode = CyclicMode.Triangular, double gamma = 1, bool cycleMomentum = true,
        double smallestMomentum = 0.8,
        double largestMomentum = 0.9)
        : this(optimizer, PerGroup.Same(optimizer, smallestRate), PerGroup.Same(optimizer, largestRate), stepsUp,
            stepsDown, mode, gamma,
            cycleMomentum, smallestMomentum, largestMomentum)
    {
    }

    /// <summary>Swings between bounds of each group's own.</summary>
    /// <inheritdoc cref="CyclicLR(Optimizer, double, double, int, int?, CyclicMode, double, bool, double, double)"
    /// path="/param[@name != 'smallestRate' and @name != 'largestRate']"/>
    /// <param name="smallestRates">The lower bound of each group.</param>
    /// <param name="largestRates">The upper bound of each group.</param>
    /// <exception cref="ArgumentException">The bounds are not as many as the groups, or there is no momentum to
    /// cycle.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of steps is below 1.</exception>
    public CyclicLR(Optimizer optimizer, IEnumerable<double> smallestRates, IEnumerable<double> largestRates,
        int stepsUp = 2000,
        int? stepsDown = null, CyclicMode mode = CyclicMode.Triangular, double gamma = 1, bool cycleMomentum = true,
        double smallestMomentum = 0.8, double largestMomentum = 0.9)
        : base(optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stepsUp, 1);
        int down = stepsDown ?? stepsUp;
        ArgumentOutOfRangeException.ThrowIfLessThan(down, 1, nameof(stepsDown));
        double[] smallest = PerGroup.Each(optimizer, smallestRates, nameof(CyclicLR));
        _largest = PerGroup.Each(optimizer, largestRates, nameof(CyclicLR));
        _momenta = cycleMomentum ? Momenta.Of(optimizer, nameof(CyclicLR)) : [];
        _cycle = stepsUp + down;
        _rise = stepsUp / _cycle;
        (_mode, _gamma, _smallestMomentum, _largestMomentum) = (mode, gamma, smallestMomentum, largestMomentum);
        for (int i = 0; i < smallest.Length; i++)
        {
            Rebase(i, smallest[i]);
        }

        Begin();
    }

    protected override double Rate(double rate, int group) =>
        BaseRates[group] + (_largest[group] - BaseRates[group]) * Height();

    private protected override void SetOthers()
    {
        foreach (IMomentumOptions options in _momenta)
        {
            options.Momentum = _largestMomentum - (_largestMomentum - _smallestMomentum) * Height();
        }
    }

    private double Height()
    {
        double cycle = Math.Floor(1 + LastEpoch / _cycle), place = 1 + LastEpoch / _cycle - cycle;
        double height = place <= _rise ? place / _rise : (place - 1) / (_rise - 1);
        return height * _mode switch
        {
            CyclicMode.Triangular => 1,
            CyclicMode.Triangular2 => Math.Pow(2, 1 - cycle),
            _ => Math.Pow(_gamma, LastEpoch),
        };
    }
}

/// <summary>The momenta of an optimizer's groups, for schedules that cycle them against the rate.</summary>
internal static class Momenta
{
    public static IMomentumOptions[] Of(Optimizer optimizer, string owner) =>
    [
        .. optimizer.ParameterGroups.Select(g => g.Options as IMomentumOptions
            ?? throw new ArgumentException(
                $"{owner}: {g.Options.Owner} has no momentum to cycle; pass cycleMomentum: false.", nameof(optimizer)))
    ];
}
