using System.Runtime.CompilerServices;

namespace Autodiff.Nn;

/// <summary>
/// What every optimizer can be told; a group of parameters has options of its own, changeable between steps.
/// </summary>
public abstract record OptimizerOptions
{
    /// <summary>How far a step goes (PyTorch's <c>lr</c>); at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public double LearningRate { get; set => field = AtLeast(0, value); }

    /// <summary>
    /// The weight of an L2 penalty: its gradient, this times the parameter, is added to the gradient; at least 0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public double WeightDecay { get; set => field = AtLeast(0, value); }

    /// <summary>Go uphill: maximize the objective.</summary>
    public bool Maximize { get; set; }

    /// <summary>The optimizer's name, for messages.</summary>
    internal string Owner => GetType().Name.Replace("Options", "", StringComparison.Ordinal);

    /// <summary>Checks what only holds between options, when a group joins the optimizer.</summary>
    /// <exception cref="ArgumentException">Two options contradict each other.</exception>
    protected internal virtual void Validate()
    {
    }

    /// <summary>Names every option to a reader or writer of state dictionaries, under PyTorch's name.</summary>
    /// <param name="exchange">The reader or writer.</param>
    protected internal virtual void Exchange(StateExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        exchange.Number("lr", LearningRate, v => LearningRate = v);
        exchange.Number("weight_decay", WeightDecay, v => WeightDecay = v);
        exchange.Flag("maximize", Maximize, v => Maximize = v);
    }

    /// <summary>The value, if it is at least <paramref name="minimum"/>.</summary>
    protected double AtLeast(double minimum, double value, [CallerMemberName] string name = "") => value >= minimum
        ? value
        : throw new ArgumentOutOfRangeException(name, value,
            $"{Owner}: {name} must be at least {minimum}, not {value}.");

    /// <summary>The value, if it is a coefficient of a running mean: 0 ≤ value &lt; 1.</summary>
    protected double Fraction(double value, [CallerMemberName] string name = "") => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{Owner}: {name} must be in [0, 1), not {value}.");
}

/// <summary>Options with a momentum, which some learning-rate schedules cycle against the rate.</summary>
public interface IMomentumOptions
{
    /// <summary>
    /// The share of the running direction that a step keeps: <c>momentum</c>, or the first of Adam's betas.
    /// </summary>
    double Momentum { get; set; }
}
