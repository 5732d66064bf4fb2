namespace Autodiff.Nn;

/// <summary>
/// The limited-memory quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno. For smooth losses of full batches.
/// </summary>
/// <remarks>
/// <code>
/// y = g - g before,  s = w - w before               (the last historySize of them)
/// d = -H g,  H from the pairs (s, y) by the two-loop recursion, begun with (s·y / y·y) I
/// w = w + η d                                       (or as far as the line search says)
/// </code>
/// J. Nocedal, "Updating quasi-Newton matrices with limited storage", Math. Comp. 35, 1980; D. Liu, J. Nocedal, "On the
/// limited memory BFGS method for large scale optimization", Math. Programming 45, 1989; stopping rules as in PyTorch.
/// One step iterates several times, so it needs <see cref="Step(Func{Tensor})"/>, and all parameters are one group.
/// </remarks>
public sealed class LBFGS : Optimizer<LBFGSOptions>
{
    private const double LeastCurvature = 1e-10;
    private const string Iterations = "n_iter", Evaluations = "func_evals", Stride = "t", Scale = "H_diag";
    private const string Direction = "d", Previous = "prev_flat_grad", Changes = "old_dirs", Moves = "old_stps";

    private readonly List<(Tensor Change, Tensor Move, double Inverse)> _history = [];
    private readonly Tensor[] _parameters;
    private Tensor? _direction, _previous;
    private double _stride, _scale = 1;

    /// <summary>LBFGS.</summary>
    /// <param name="parameters">What to optimize; all of one type, on one device.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="maxIterations">The most iterations a step makes.</param>
    /// <param name="maxEvaluations">The most evaluations of the closure a step makes; by default 5/4 of the
    /// iterations.</param>
    /// <param name="gradientTolerance">Stop where no gradient is larger.</param>
    /// <param name="changeTolerance">Stop where neither loss nor parameters change by more.</param>
    /// <param name="historySize">How many past steps shape the direction; each keeps two vectors.</param>
    /// <param name="lineSearch">How far to go along the direction.</param>
    /// <exception cref="ArgumentException">No parameters, or parameters or options that don't fit.</exception>
    public LBFGS(IEnumerable<Tensor> parameters, double learningRate = 1, int maxIterations = 20,
        int? maxEvaluations = null,
        double gradientTolerance = 1e-7, double changeTolerance = 1e-9, int historySize = 100,
        LineSearch lineSearch = LineSearch.None)
        : base(parameters, new()
        {
            LearningRate = learningRate, MaxIterations = maxIterations, MaxEvaluations = maxEvaluations,
            GradientTolerance = gradientTolerance, ChangeTolerance = changeTolerance, HistorySize = historySize,
            LineSearch = lineSearch,
        })
    {
        _parameters = ParameterGroups[0].ParameterArray;
        RequireOneVector(nameof(parameters));
    }

    protected override IReadOnlyCollection<string> StateNumbers { get; } = [Iterations, Evaluations, Stride, Scale];

    /// <summary>LBFGS can't step without evaluating the loss.</summary>
    /// <exception cref="InvalidOperationException">Always; use <see cref="Step(Func{Tensor})"/>.</exception>
    public override void Step() => throw new InvalidOperationException(
        "LBFGS evaluates the loss several times a step: call Step(closure) with a closure that clears the gradients, "
            + "computes the loss, calls Backward and returns the loss.");

    /// <summary>Iterates until a tolerance or a limit is reached.</summary>
    /// <param name="closure">Clears the gradients, computes the loss, calls Backward and returns the loss.</param>
    /// <returns>The loss before the step.</returns>
    /// <exception cref="ArgumentException">The parameters are no longer of one type on one device.</exception>
    public override Tensor Step(Func<Tensor> closure)
    {
        ArgumentNullException.ThrowIfNull(closure);
        using GradMode.EngineScope mode = Tensor.Unrecorded();
        StepsTaken++;
        LBFGSOptions options = ParameterGroups[0].Options;
        options.Validate();
        RequireOneVector(null);
        FollowParameters();
        ParameterState state = StateOfAll();
        state.Step++;
        Tensor first = Evaluate(closure);
        double loss = first.Item();
        long evaluations = 1, limit = options.MaxEvaluations ?? options.MaxIterations * 5L / 4;
        Tensor gradient = FlatVector.Gather(_parameters, p => p.Grad);
        bool done = FlatVector.LargestMagnitude(gradient) <= options.GradientTolerance;
        double iterations = state.Number(Iterations, 0);
        for (int i = 1; i <= options.MaxIterations && !done; i++)
        {
            iterations++;
            bool fresh = _direction is null;
            Tensor direction = _direction = fresh ? -gradient : NextDirection(gradient, options.HistorySize);
            _previous = gradient;
            _stride = options.LearningRate * (fresh ? Math.Min(1, 1 / FlatVector.SumOfMagnitudes(gradient)) : 1);
            double slope = FlatVector.Dot(gradient, direction), lossBefore = loss;
            if (slope > -options.ChangeTolerance)
            {
                break;
            }

            int used = 0;
            if (options.LineSearch == LineSearch.StrongWolfe)
            {
                SearchPoint found = Search(closure, new(0, loss, gradient, slope), direction, out used);
                (_stride, loss, gradient) = (found.Position, found.Loss, found.Gradient);
                FlatVector.AddTo(_parameters, _stride, direction);
            }
            else
            {
                FlatVector.AddTo(_parameters, _stride, direction);
                if (i < options.MaxIterations)
                {
                    loss = Evaluate(closure).Item();
                    gradient = FlatVector.Gather(_parameters, p => p.Grad);
                    used = 1;
                }
            }

            evaluations += used;
            done = evaluations >= limit
                || FlatVector.LargestMagnitude(gradient) <= options.GradientTolerance
                || FlatVector.LargestMagnitude(direction) * Math.Abs(_stride) <= options.ChangeTolerance
                || Math.Abs(loss - lossBefore) < options.ChangeTolerance;
        }

        state.SetNumber(Iterations, iterations);
        state.SetNumber(Evaluations, state.Number(Evaluations, 0) + evaluations);
        return first;
    }

    protected override void Step(ParameterGroup<LBFGSOptions> group) => Step();

    private protected override void BeforeAnotherGroup() =>
        throw new InvalidOperationException("LBFGS: parameters act as one vector, so there can be only one group.");

    private protected override bool Fits(string name, Tensor state, Tensor parameter) =>
        state.Rank == (name is Changes or Moves ? 2 : 1) && state.Shape[^1] == _parameters.Sum(p => p.ElementCount);

    private protected override void Check(IEnumerable<ParameterState> loaded)
    {
        foreach (ParameterState state in loaded)
        {
            if (state.TryGet(Changes, out Tensor? changes) && state.TryGet(Moves, out Tensor? moves)
                && changes!.Size(0) != moves!.Size(0))
            {
                throw new ArgumentException(
                    $"LBFGS.LoadStateDict: there are {changes.Size(0)} rows of '{Changes}' and {moves.Size(0)} of "
                        + $"'{Moves}'; they belong together.", nameof(loaded));
            }
        }
    }

    private protected override void Saving()
    {
        if (_direction is null)
        {
            return;
        }

        ParameterState state = StateOfAll();
        state.SetNumber(Stride, _stride);
        state.SetNumber(Scale, _scale);
        state.Set(Direction, _direction);
        state.Set(Previous, _previous!);
        state.Set(Changes, Stack(h => h.Change));
        state.Set(Moves, Stack(h => h.Move));

        Tensor Stack(Func<(Tensor Change, Tensor Move, double Inverse), Tensor> part)
        {
            Tensor rows = Tensor.Zeros([_history.Count, _direction.Size(0)], _direction.DType, _direction.Device);
            for (int i = 0; i < _history.Count; i++)
            {
                rows.Select(0, i).CopyFrom(part(_history[i]));
            }

            return rows;
        }
    }

    private protected override void Loaded()
    {
        _history.Clear();
        (_direction, _previous, _stride, _scale) = (null, null, 0, 1);
        ParameterState state = StateOfAll();
        if (!state.TryGet(Direction, out _direction) || !state.TryGet(Previous, out _previous)
            || !state.TryGet(Changes, out Tensor? changes) || !state.TryGet(Moves, out Tensor? moves))
        {
            _direction = null;
            return;
        }

        _stride = state.Number(Stride, 0);
        _scale = state.Number(Scale, 1);
        for (int i = 0; i < changes!.Size(0); i++)
        {
            Remember(changes.Select(0, i), moves!.Select(0, i),
                FlatVector.Dot(changes.Select(0, i), moves.Select(0, i)));
        }
    }

    private static Tensor Evaluate(Func<Tensor> closure)
    {
        using GradMode.UserCodeScope mode = GradMode.SetForUserCode(true);
        return closure();
    }

    private void RequireOneVector(string? argument)
    {
        Tensor first = _parameters[0];
        foreach (Tensor parameter in _parameters)
        {
            if (!ParameterState.AreTogether(parameter, first))
            {
                throw new ArgumentException(
                    "LBFGS: parameters act as one vector, so all must be of one type on one device; "
                        + $"{first.Describe()} is {first.DType.DisplayName()} on {first.Device}, "
                        + $"{parameter.Describe()} is {parameter.DType.DisplayName()} on {parameter.Device}.",
                    argument);
            }
        }
    }

    /// <summary>Brings what earlier steps left to where a module has moved the parameters since, as saving and
    /// loading would.</summary>
    private void FollowParameters()
    {
        if (_direction is not null && !ParameterState.AreTogether(_direction, _parameters[0]))
        {
            Saving();
            StateOfAll().Follow(_parameters[0]);
            Loaded();
        }
    }

    private ParameterState StateOfAll()
    {
        if (!States.TryGetValue(_parameters[0], out ParameterState? state))
        {
            States.Add(_parameters[0], state = new());
        }

        return state;
    }

    private void Remember(Tensor change, Tensor move, double product) => _history.Add((change, move, 1 / product));

    /// <summary>-H g by the two-loop recursion, after learning from the last move.</summary>
    private Tensor NextDirection(Tensor gradient, int historySize)
    {
        Tensor change = gradient - _previous!, move = _direction! * _stride;
        double product = FlatVector.Dot(change, move);
        if (product > LeastCurvature)
        {
            _history.RemoveRange(0, Math.Max(0, _history.Count + 1 - historySize));
            Remember(change, move, product);
            _scale = product / FlatVector.Dot(change, change);
        }

        Tensor d = -gradient;
        Span<double> weights = _history.Count <= 128 ? stackalloc double[128] : new double[_history.Count];
        for (int i = _history.Count - 1; i >= 0; i--)
        {
            weights[i] = FlatVector.Dot(_history[i].Move, d) * _history[i].Inverse;
            FlatVector.Add(d, -weights[i], _history[i].Change);
        }

        d *= _scale;
        for (int i = 0; i < _history.Count; i++)
        {
            double correction = FlatVector.Dot(_history[i].Change, d) * _history[i].Inverse;
            FlatVector.Add(d, weights[i] - correction, _history[i].Move);
        }

        return d;
    }

    private SearchPoint Search(Func<Tensor> closure, SearchPoint start, Tensor direction, out int evaluations)
    {
        Tensor origin = FlatVector.Gather(_parameters, p => p);
        return StrongWolfe.Search(At, start, _stride, FlatVector.LargestMagnitude(direction), out evaluations);

        SearchPoint At(double t)
        {
            FlatVector.AddTo(_parameters, t, direction);
            try
            {
                double loss = Evaluate(closure).Item();
                Tensor gradient = FlatVector.Gather(_parameters, p => p.Grad);
                return new(t, loss, gradient, FlatVector.Dot(gradient, direction));
            }
            finally
            {
                FlatVector.Scatter(origin, _parameters); // a closure that throws leaves nothing moved
            }
        }
    }
}
