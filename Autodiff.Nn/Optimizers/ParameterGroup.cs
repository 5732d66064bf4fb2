namespace Autodiff.Nn;

/// <summary>Parameters that an optimizer treats alike, with options of their own.</summary>
public abstract class ParameterGroup
{
    private protected ParameterGroup(Tensor[] parameters)
    {
        ParameterArray = parameters;
        Known = new ParameterState?[parameters.Length];
    }

    /// <summary>The tensors that a step changes.</summary>
    public IReadOnlyList<Tensor> Parameters => ParameterArray;

    /// <summary>How a step changes them.</summary>
    public OptimizerOptions Options => BaseOptions;

    /// <summary>The learning rate in force; shorthand for that of <see cref="Options"/>.</summary>
    public double LearningRate
    {
        get => BaseOptions.LearningRate;
        set => BaseOptions.LearningRate = value;
    }

    /// <summary>
    /// The rate a schedule started from (PyTorch's <c>initial_lr</c>); null while none governs the group.
    /// </summary>
    public double? InitialLearningRate { get; internal set; }

    internal Tensor[] ParameterArray { get; }

    /// <summary>The parameters' states as far as steps have asked for them; all of them are the optimizer's.</summary>
    internal ParameterState?[] Known { get; }

    private protected abstract OptimizerOptions BaseOptions { get; }
}

/// <summary>A group whose options are those of one kind of optimizer.</summary>
/// <typeparam name="TOptions">The options.</typeparam>
public sealed class ParameterGroup<TOptions> : ParameterGroup where TOptions : OptimizerOptions
{
    internal ParameterGroup(Tensor[] parameters, TOptions options) : base(parameters) => Options = options;

    /// <summary>How a step changes the parameters; may be changed between steps.</summary>
    public new TOptions Options { get; }

    private protected override OptimizerOptions BaseOptions => Options;
}
