namespace Autodiff.Nn;

/// <summary>What the cells have in common: one step of a recurrent layer, for loops of one's own.</summary>
/// <remarks>
/// Parameters are <c>weight_ih</c>, <c>weight_hh</c>, <c>bias_ih</c>, <c>bias_hh</c>, uniform in ±1/√hidden, drawn in
/// that order.
/// </remarks>
public abstract class RNNCellBase : Module
{
    private readonly RecurrentKind _kind;
    private readonly RecurrentWeights _weights;

    private protected RNNCellBase(
        RecurrentKind kind, int inputSize, int hiddenSize, bool bias, DType type, Device? device, Generator? generator)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputSize);
        ArgumentOutOfRangeException.ThrowIfNegative(hiddenSize);
        (_kind, InputSize, HiddenSize) = (kind, inputSize, hiddenSize);
        int gates = checked(RecurrentSteps.Gates(kind) * hiddenSize);
        WeightIH = RegisterParameter("weight_ih", Tensor.Empty([gates, inputSize], type, device));
        WeightHH = RegisterParameter("weight_hh", Tensor.Empty([gates, hiddenSize], type, device));
        BiasIH = bias ? RegisterParameter("bias_ih", Tensor.Empty([gates], type, device)) : null;
        BiasHH = bias ? RegisterParameter("bias_hh", Tensor.Empty([gates], type, device)) : null;
        _weights = new(WeightIH, WeightHH, BiasIH, BiasHH);
        ResetParameters(generator);
    }

    /// <summary>The size of the input's last dimension.</summary>
    public int InputSize { get; }

    /// <summary>The size of a state.</summary>
    public int HiddenSize { get; }

    /// <summary>W_ih, [gates · hidden, in].</summary>
    public Tensor WeightIH { get; }

    /// <summary>W_hh, [gates · hidden, hidden].</summary>
    public Tensor WeightHH { get; }

    /// <summary>b_ih, [gates · hidden], or null.</summary>
    public Tensor? BiasIH { get; }

    /// <summary>b_hh, [gates · hidden], or null.</summary>
    public Tensor? BiasHH { get; }

    protected override string Settings => $"{InputSize}, {HiddenSize}" + (BiasIH is null ? ", bias=False" : "");

    /// <summary>Draws new initial values.</summary>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public void ResetParameters(Generator? generator = null)
    {
        double bound = HiddenSize > 0 ? 1 / Math.Sqrt(HiddenSize) : 0;
        foreach (Tensor parameter in _weights.All)
        {
            Init.Uniform(parameter, -bound, bound, generator);
        }
    }

    /// <summary>The state after one step of a batch, or of a single sequence.</summary>
    private protected RecurrentState Run(Tensor x, Tensor? h, Tensor? c)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank is not (1 or 2) || x.Size(-1) != InputSize)
        {
            throw new ArgumentException(
                $"{Kind}: the input must be [batch, {InputSize}] or [{InputSize}]; it is {x.Shape}.", nameof(x));
        }

        Tensor.RequireLayerType(Kind, x, WeightIH);
        Tensor rows = x.Rank == 1 ? x.Unsqueeze(0) : x;
        RecurrentState state = RecurrentSteps.Step(
            _kind, rows.Linear(WeightIH, BiasIH),
            new(State("h", h), _kind == RecurrentKind.LSTM ? State("c", c) : null), _weights);
        return x.Rank == 1 ? new(state.H.Squeeze(0), state.C?.Squeeze(0)) : state;

        Tensor State(string name, Tensor? given)
        {
            if (given is null)
            {
                return Tensor.Zeros([rows.Size(0), HiddenSize], WeightIH.DType, WeightIH.Device);
            }

            int[] shape = x.Rank == 1 ? [HiddenSize] : [rows.Size(0), HiddenSize];
            if (given.Shape != Shape.Create(shape))
            {
                throw new ArgumentException(
                    $"{Kind}: the state {name} must be [{string.Join(", ", shape)}] for an input {x.Shape}; it is "
                        + $"{given.Shape}.", nameof(given));
            }

            Tensor.RequireLayerType(Kind, given, WeightIH);
            return x.Rank == 1 ? given.Unsqueeze(0) : given;
        }
    }
}
