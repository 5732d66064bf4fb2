namespace Autodiff.Nn;

/// <summary>The rate is a function of the epoch times that of the start: η = η₀ f(t).</summary>
public sealed class LambdaLR : FormulaLRScheduler
{
    private readonly Func<int, double>[] _functions;

    /// <summary>One function for all groups.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="function">f.</param>
    public LambdaLR(Optimizer optimizer, Func<int, double> function)
        : this(optimizer, PerGroup.Same(optimizer, function))
    {
    }

    /// <summary>A function for each group.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="functions">f of each group.</param>
    /// <exception cref="ArgumentException">There are not as many functions as groups.</exception>
    public LambdaLR(Optimizer optimizer, IEnumerable<Func<int, double>> functions) : base(optimizer)
    {
        _functions = PerGroup.Each(optimizer, functions, nameof(LambdaLR));
        Begin();
    }

    protected override double Rate(double rate, int group) => BaseRates[group] * _functions[group](LastEpoch);
}

/// <summary>Multiplies the rate by a function of the epoch: η = η f(t), from epoch 1 on.</summary>
public sealed class MultiplicativeLR : FormulaLRScheduler
{
    private readonly Func<int, double>[] _functions;

    /// <summary>One function for all groups.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="function">f.</param>
    public MultiplicativeLR(Optimizer optimizer, Func<int, double> function)
        : this(optimizer, PerGroup.Same(optimizer, function))
    {
    }

    /// <summary>A function for each group.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="functions">f of each group.</param>
    /// <exception cref="ArgumentException">There are not as many functions as groups.</exception>
    public MultiplicativeLR(Optimizer optimizer, IEnumerable<Func<int, double>> functions) : base(optimizer)
    {
        _functions = PerGroup.Each(optimizer, functions, nameof(MultiplicativeLR));
        Begin();
    }

    protected override double Rate(double rate, int group) =>
        LastEpoch == 0 ? rate : rate * _functions[group](LastEpoch);
}

/// <summary>Arguments that are given once for all groups of an optimizer, or once for each.</summary>
internal static class PerGroup
{
    public static T[] Same<T>(Optimizer optimizer, T value)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(value);
        T[] values = new T[optimizer.ParameterGroups.Count];
        Array.Fill(values, value);
        return values;
    }

    public static T[] Each<T>(Optimizer optimizer, IEnumerable<T> values, string owner)
    {
        ArgumentNullException.ThrowIfNull(values);
        T[] each = [.. values];
        return each.Length == optimizer.ParameterGroups.Count
            ? each
            : throw new ArgumentException(
                $"{owner}: {each.Length} values were given for {optimizer.ParameterGroups.Count} parameter groups.",
                nameof(values));
    }
}
