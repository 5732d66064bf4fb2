namespace Autodiff.Nn;

/// <summary>How <see cref="LBFGS"/> decides how far to go along its direction.</summary>
public enum LineSearch
{
    /// <summary>As far as the learning rate says.</summary>
    None,

    /// <summary>To a point that meets the strong Wolfe conditions, found by cubic interpolation.</summary>
    StrongWolfe,
}

/// <summary>Options of <see cref="LBFGS"/>.</summary>
public sealed record LBFGSOptions : OptimizerOptions
{
    /// <summary>The most iterations a step makes; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int MaxIterations { get; set => field = (int)AtLeast(1, value); }

    /// <summary>The most evaluations of the closure a step makes; by default 5/4 of the iterations.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public int? MaxEvaluations { get; set => field = value is { } most ? (int)AtLeast(1, most) : null; }

    /// <summary>Stop where no gradient is larger; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double GradientTolerance { get; set => field = AtLeast(0, value); }

    /// <summary>Stop where neither loss nor parameters change by more; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double ChangeTolerance { get; set => field = AtLeast(0, value); }

    /// <summary>How many past steps shape the direction; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public required int HistorySize { get; set => field = (int)AtLeast(1, value); }

    /// <summary>How far a step goes.</summary>
    public LineSearch LineSearch { get; set; }

    protected internal override void Validate()
    {
        if (WeightDecay != 0 || Maximize)
        {
            throw new ArgumentException(
                "LBFGS: it looks at the loss as well as at the gradient, so a weight decay or a maximization belongs "
                    + "into the closure's loss.");
        }
    }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("max_iter", MaxIterations, v => MaxIterations = (int)v);
        exchange.Number("max_eval", MaxEvaluations ?? 0, v => MaxEvaluations = v == 0 ? null : (int)v);
        exchange.Number("tolerance_grad", GradientTolerance, v => GradientTolerance = v);
        exchange.Number("tolerance_change", ChangeTolerance, v => ChangeTolerance = v);
        exchange.Number("history_size", HistorySize, v => HistorySize = (int)v);
        exchange.Number("line_search_fn", (int)LineSearch, v => LineSearch = (LineSearch)(int)v);
    }
}
