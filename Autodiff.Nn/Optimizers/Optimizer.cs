using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Steps;

namespace Autodiff.Nn;

/// <summary>
/// Changes parameters along their gradients, one <see cref="Step()"/> at a time:
/// <c>optimizer.ZeroGrad(); loss.Backward(); optimizer.Step();</c>.
/// </summary>
/// <remarks>
/// A step is one pass over memory: gradient and state are read, parameter and state written in place, nothing is
/// allocated. Formulas and roundings are PyTorch's. Gradients that are not finite propagate into parameters and state.
/// </remarks>
public abstract partial class Optimizer
{
    private protected readonly Dictionary<Tensor, ParameterState> States = new(ReferenceEqualityComparer.Instance);

    private protected Optimizer()
    {
    }

    /// <summary>The parameters, group by group, each group with its options.</summary>
    public IReadOnlyList<ParameterGroup> ParameterGroups => BaseGroups;

    /// <summary>What the optimizer remembers of each parameter that has taken a step.</summary>
    public IReadOnlyDictionary<Tensor, ParameterState> State => States;

    /// <summary>The learning rate of the first group; setting it sets that of every group.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public double LearningRate
    {
        get => BaseGroups[0].LearningRate;
        set
        {
            foreach (ParameterGroup group in BaseGroups)
            {
                group.LearningRate = value;
            }
        }
    }

    /// <summary>How often <see cref="Step()"/> was called; schedulers warn by it.</summary>
    internal long StepsTaken { get; private protected set; }

    private protected abstract IReadOnlyList<ParameterGroup> BaseGroups { get; }

    /// <summary>Changes every parameter that has a gradient; the others stay as they are.</summary>
    public abstract void Step();

    /// <summary>
    /// Evaluates the loss with <paramref name="closure"/>, which clears the gradients and calls Backward, then steps.
    /// </summary>
    /// <returns>What the closure returned: the loss before the step.</returns>
    public virtual Tensor Step(Func<Tensor> closure)
    {
        ArgumentNullException.ThrowIfNull(closure);
        Tensor loss;
        using (GradMode.SetForUserCode(true))
        {
            loss = closure();
        }

        Step();
        return loss;
    }

    /// <summary>Forgets the gradients of all parameters.</summary>
    /// <param name="setToNull">Drop them, so that the next Backward sets rather than adds; else fill them with
    /// zeros.</param>
    public void ZeroGrad(bool setToNull = true)
    {
        NoteGroups();
        foreach (ParameterGroup group in BaseGroups)
        {
            foreach (Tensor parameter in group.ParameterArray)
            {
                ZeroGrad(parameter, setToNull);
            }
        }
    }

    /// <summary>Forgets one gradient, for optimizers and modules alike.</summary>
    internal static void ZeroGrad(Tensor parameter, bool setToNull)
    {
        if (setToNull || GradientExtensions.GradientOf(parameter) is not { } gradient)
        {
            parameter.Grad = null;
        }
        else if (gradient.RequiresGrad)
        {
            parameter.Grad = Tensor.ZerosLike(gradient); // part of a graph, whose saved values stay as they are
        }
        else
        {
            gradient.Zero();
        }
    }

    /// <summary>A step that is being captured depends on which groups there are.</summary>
    private protected void NoteGroups() =>
        StepRecording.Depend(this, static optimizer => ((Optimizer)optimizer).BaseGroups.Count);

    private protected Tensor[] Admit(IEnumerable<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        string name = GetType().Name;
        Tensor[] admitted = [.. parameters];
        if (admitted.Length == 0)
        {
            throw new ArgumentException($"{name}: there are no parameters to optimize.", nameof(parameters));
        }

        HashSet<Tensor> known = new(ReferenceEqualityComparer.Instance);
        foreach (ParameterGroup group in BaseGroups)
        {
            known.UnionWith(group.ParameterArray);
        }

        foreach (Tensor parameter in admitted)
        {
            ArgumentNullException.ThrowIfNull(parameter, nameof(parameters));
            if (!parameter.IsLeaf)
            {
                throw new ArgumentException(
                    $"{name}: {parameter.Describe()} was computed by {parameter.GradFn!.Name}; only leaves can be "
                        + "optimized. Did you mean the tensor it came from?", nameof(parameters));
            }

            if (!parameter.DType.IsFloatingPoint())
            {
                throw new ArgumentException(
                    $"{name}: {parameter.Describe()} is {parameter.DType.DisplayName()}; only floating tensors have "
                        + "gradients to follow.", nameof(parameters));
            }

            if (parameter.Layout.SharesPlaces)
            {
                throw new ArgumentException(
                    $"{name}: {parameter.Describe()} was expanded or has windows that overlap, so several of its "
                        + "elements share memory and can't step each on its own. Optimize the tensor it was taken "
                        + "from.", nameof(parameters));
            }

            if (!known.Add(parameter))
            {
                throw new ArgumentException(
                    $"{name}: {parameter.Describe()} appears twice; a parameter belongs to one group.",
                    nameof(parameters));
            }
        }

        return admitted;
    }
}

/// <summary>An optimizer with options of its own kind.</summary>
/// <typeparam name="TOptions">The options.</typeparam>
public abstract class Optimizer<TOptions> : Optimizer where TOptions : OptimizerOptions
{
    private readonly List<ParameterGroup<TOptions>> _groups = [];
    private UpdateOperands[] _operands = [];

    /// <summary>An optimizer of one group of parameters; <see cref="AddParameterGroup"/> adds more.</summary>
    /// <param name="parameters">What to optimize: leaves of floating type.</param>
    /// <param name="options">The options of the first group, and the defaults of later ones.</param>
    /// <exception cref="ArgumentException">There is no parameter, one can't be optimized, or two options contradict
    /// each other.</exception>
    protected Optimizer(IEnumerable<Tensor> parameters, TOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Defaults = Copy(options);
        AddParameterGroup(parameters);
    }

    /// <summary>The options that a new group starts from.</summary>
    public TOptions Defaults { get; }

    /// <summary>The parameters, group by group, each group with its options.</summary>
    public new IReadOnlyList<ParameterGroup<TOptions>> ParameterGroups => _groups;

    private protected override IReadOnlyList<ParameterGroup> BaseGroups => _groups;

    /// <summary>
    /// Adds parameters with options of their own, for example a smaller rate for layers that are trained already.
    /// </summary>
    /// <param name="parameters">The parameters; none may be in a group already.</param>
    /// <param name="configure">Changes the group's options, which begin as <see cref="Defaults"/>.</param>
    /// <returns>The group.</returns>
    /// <exception cref="ArgumentException">There is no parameter, one can't be optimized, or two options contradict
    /// each other.</exception>
    public ParameterGroup<TOptions> AddParameterGroup(IEnumerable<Tensor> parameters,
        Action<TOptions>? configure = null)
    {
        TOptions options = Copy(Defaults);
        configure?.Invoke(options);
        options.Validate();
        if (_groups.Count > 0)
        {
            BeforeAnotherGroup();
        }

        ParameterGroup<TOptions> group = new(Admit(parameters), options);
        _groups.Add(group);
        StepConfiguration.Changed();
        return group;
    }

    /// <summary>Refuses a second group where the optimizer can't have one.</summary>
    private protected virtual void BeforeAnotherGroup()
    {
    }

    public override void Step()
    {
        if (StepRecording.IsHere)
        {
            NoteGroups();
            // its coefficients change from step to step, so a replay runs it as it is
            StepRecording.Live(StepAllGroups);
        }
        else
        {
            StepAllGroups();
        }
    }

    private void StepAllGroups()
    {
        StepsTaken++;
        foreach (ParameterGroup<TOptions> group in _groups)
        {
            Step(group);
        }
    }

    /// <summary>
    /// Steps the parameters of one group: chooses the rule that its options ask for and runs it with
    /// <see cref="Update{TRule}"/>.
    /// </summary>
    protected abstract void Step(ParameterGroup<TOptions> group);

    /// <summary>
    /// Runs a rule over every parameter of the group that has a gradient; those with equal coefficients go to the
    /// backend together.
    /// </summary>
    /// <typeparam name="TRule">The rule.</typeparam>
    protected void Update<TRule>(ParameterGroup<TOptions> group) where TRule : struct, IOptimizerRule<TOptions> =>
        Update<TRule, TRule>(group);

    /// <summary><see cref="Update{TRule}"/> of a rule that is to see the penalized gradient.</summary>
    private protected void UpdatePenalized<TRule>(ParameterGroup<TOptions> group)
        where TRule : struct, IOptimizerRule<TOptions>
    {
        ArgumentNullException.ThrowIfNull(group);
        if (group.Options.WeightDecay == 0)
        {
            Update<TRule, Penalized<TRule, Off>>(group);
        }
        else
        {
            Update<TRule, Penalized<TRule, On>>(group);
        }
    }

    /// <typeparam name="TRule">Says which states and coefficients there are.</typeparam>
    /// <typeparam name="TStep">Is run: the rule, or one around it.</typeparam>
    private void Update<TRule, TStep>(ParameterGroup<TOptions> group)
        where TRule : struct, IOptimizerRule<TOptions> where TStep : struct, IUpdateRule
    {
        ArgumentNullException.ThrowIfNull(group);
        Span<double> k = stackalloc double[TRule.CoefficientCount], next = stackalloc double[TRule.CoefficientCount];
        IBackend? backend = null;
        int count = 0;
        Tensor[] parameters = group.ParameterArray;
        for (int i = 0; i < parameters.Length; i++)
        {
            Tensor parameter = parameters[i];
            if (parameter.GradInside is not { } gradient)
            {
                continue;
            }

            ParameterState state = group.Known[i] ??= StateOf(parameter);
            state.Step++;
            ReadOnlySpan<Tensor> tensors = state.Of<TRule, TOptions>(parameter, group.Options);
            TRule.Prepare(group.Options, state, next);
            UpdateOperands operands = new(parameter.View, gradient.View, View<TRule>(tensors, 0),
                View<TRule>(tensors, 1), View<TRule>(tensors, 2));
            parameter.Storage.Touch();
            if (ReferenceEquals(parameter.Device, Device.Cpu))
            {
                UpdateDriver.Run<TStep>(next, operands); // nothing is gained by going to the CPU together
                continue;
            }

            if (count > 0 && !(ReferenceEquals(backend, parameter.Device.Backend) && k.SequenceEqual(next)))
            {
                Launch(backend!, k);
            }

            if (_operands.Length < parameters.Length)
            {
                _operands = new UpdateOperands[parameters.Length];
            }

            next.CopyTo(k);
            backend = parameter.Device.Backend;
            _operands[count++] = operands;
        }

        if (count > 0)
        {
            Launch(backend!, k);
        }

        void Launch(IBackend on, ReadOnlySpan<double> coefficients)
        {
            on.Update<TStep>(coefficients, _operands.AsSpan(0, count));
            Array.Clear(_operands, 0, count); // keeps no storage alive
            count = 0;
        }
    }

    private ParameterState StateOf(Tensor parameter)
    {
        if (!States.TryGetValue(parameter, out ParameterState? state))
        {
            States.Add(parameter, state = new());
        }

        return state;
    }

    [MethodImpl(AggressiveInlining)]
    private static TensorView View<TRule>(ReadOnlySpan<Tensor> tensors, int k)
        where TRule : struct, IOptimizerRule<TOptions> =>
        k < TRule.StateCount ? tensors[k].View : default;

    // The copy of a record is virtual, so it has the options' own type.
    private static TOptions Copy(TOptions options) => (TOptions)(options with { });
}
