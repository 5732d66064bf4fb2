using System.Diagnostics;
using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>What the recurrent layers have in common: sizes, parameters, layers and directions.</summary>
/// <remarks>
/// Parameters have PyTorch's names and order: of each layer, of each direction <c>weight_ih_l0</c>,
/// <c>weight_hh_l0</c>, <c>bias_ih_l0</c>, <c>bias_hh_l0</c>, <c>weight_hr_l0</c> where they are, with <c>_reverse</c>
/// behind those of the second direction. Initial values are uniform in ±1/√hidden, drawn in that order.
/// </remarks>
public abstract class RNNBase : Module
{
    private readonly RecurrentKind _kind;
    private readonly RecurrentWeights[] _weights;
    private readonly Generator? _generator;

    private protected RNNBase(
        RecurrentKind kind, int inputSize, int hiddenSize, int numLayers, bool bias, bool batchFirst, double dropout,
        bool bidirectional, int projSize, DType type, Device? device, Generator? generator)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hiddenSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numLayers);
        ArgumentOutOfRangeException.ThrowIfNegative(projSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(projSize, hiddenSize);
        Functional.RequireProbability(Kind, dropout);
        if (dropout > 0 && numLayers == 1)
        {
            Trace.TraceWarning($"{Kind}: dropout {Format.Number(dropout)} has no effect in a single layer; it acts "
                + "between layers.");
        }

        (_kind, InputSize, HiddenSize, NumLayers, Bias) = (kind, inputSize, hiddenSize, numLayers, bias);
        (BatchFirst, Dropout, Bidirectional, ProjSize, _generator) =
            (batchFirst, dropout, bidirectional, projSize, generator);
        _weights = new RecurrentWeights[numLayers * Directions];
        int gates = checked(RecurrentSteps.Gates(kind) * hiddenSize);
        for (int i = 0; i < _weights.Length; i++)
        {
            int inputs = i < Directions ? inputSize : checked(OutputSize * Directions);
            string end = $"_l{i / Directions}{(i % Directions == 1 ? "_reverse" : "")}";
            Tensor Part(string part, params int[] shape) =>
                RegisterParameter(part + end, Tensor.Empty(shape, type, device));
            _weights[i] = new(
                Part("weight_ih", gates, inputs), Part("weight_hh", gates, OutputSize),
                bias ? Part("bias_ih", gates) : null, bias ? Part("bias_hh", gates) : null,
                projSize > 0 ? Part("weight_hr", projSize, hiddenSize) : null);
        }

        ResetParameters(generator);
    }

    /// <summary>The size of the input's last dimension.</summary>
    public int InputSize { get; }

    /// <summary>The size of a state.</summary>
    public int HiddenSize { get; }

    /// <summary>How many layers there are, each taking the one before's output.</summary>
    public int NumLayers { get; }

    /// <summary>Whether biases are there.</summary>
    public bool Bias { get; }

    /// <summary>Whether batched input and output are [batch, steps, ...] instead of [steps, batch, ...].</summary>
    public bool BatchFirst { get; }

    /// <summary>The probability to drop an element between two layers, in training.</summary>
    public double Dropout { get; }

    /// <summary>Whether a second direction reads each sequence from its end.</summary>
    public bool Bidirectional { get; }

    /// <summary>The size that an LSTM's output is projected to, or 0.</summary>
    public int ProjSize { get; }

    /// <summary>The parameters of each layer and direction, in the order of <see cref="Module.Parameters"/>.</summary>
    public IReadOnlyList<IReadOnlyList<Tensor>> AllWeights => [.. _weights.Select(weights => weights.All)];

    private int Directions => Bidirectional ? 2 : 1;

    /// <summary>The size of h.</summary>
    private int OutputSize => ProjSize > 0 ? ProjSize : HiddenSize;

    protected override string Settings =>
        $"{InputSize}, {HiddenSize}" + (ProjSize != 0 ? $", proj_size={ProjSize}" : "")
        + (NumLayers != 1 ? $", num_layers={NumLayers}" : "") + (Bias ? "" : ", bias=False")
        + (BatchFirst ? ", batch_first=True" : "")
        + (Dropout != 0 ? $", dropout={Format.Number(Dropout)}" : "")
        + (Bidirectional ? ", bidirectional=True" : "");

    /// <summary>Draws new initial values.</summary>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public void ResetParameters(Generator? generator = null)
    {
        double bound = 1 / Math.Sqrt(HiddenSize);
        foreach (Tensor parameter in _weights.SelectMany(weights => weights.All))
        {
            Init.Uniform(parameter, -bound, bound, generator);
        }
    }

    /// <summary>A batch, or a single sequence, through all layers.</summary>
    private protected (Tensor Output, RecurrentState Final) Run(Tensor x, Tensor? h, Tensor? c)
    {
        ArgumentNullException.ThrowIfNull(x);
        bool isBatch = x.Rank == 3;
        if ((!isBatch && x.Rank != 2) || x.Size(-1) != InputSize || x.Size(isBatch && BatchFirst ? 1 : 0) == 0)
        {
            throw new ArgumentException(
                $"{Kind}: the input must be {(BatchFirst ? "[batch, steps, " : "[steps, batch, ")}{InputSize}] or, for "
                    + $"one sequence, [steps, {InputSize}], with at least one step; it is {x.Shape}.", nameof(x));
        }

        Tensor steps = !isBatch ? x.Unsqueeze(1) : BatchFirst ? x.Transpose(0, 1) : x;
        (int count, int batch) = (steps.Size(0), steps.Size(1));
        RecurrentState initial = Initial(x, batch, isBatch, h, c);
        (Tensor rows, RecurrentState final) = Layers(
            steps.Reshape(checked(count * batch), InputSize), SequenceSteps.Even(count, batch), initial);
        Tensor output = rows.Reshape(count, batch, Directions * OutputSize);
        if (!isBatch)
        {
            return (output.Squeeze(1), new(final.H.Squeeze(1), final.C?.Squeeze(1)));
        }

        return (BatchFirst ? output.Transpose(0, 1) : output, final);
    }

    /// <summary>Packed sequences through all layers; states are in the caller's order.</summary>
    private protected (PackedSequence Output, RecurrentState Final) Run(PackedSequence x, Tensor? h, Tensor? c)
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor data = x.Data;
        if (data.Rank != 2 || data.Size(1) != InputSize)
        {
            throw new ArgumentException(
                $"{Kind}: packed input must be [entries, {InputSize}]; it is {data.Shape}.", nameof(x));
        }

        RecurrentState initial = Initial(data, x.Steps.Batch, true, h, c);
        if (h is not null)
        {
            initial = Ordered(initial, x.SortedIndices);
        }

        (Tensor rows, RecurrentState final) = Layers(data, x.Steps, initial);
        return (x.With(rows), Ordered(final, x.UnsortedIndices));
    }

    private static RecurrentState Ordered(RecurrentState state, IReadOnlyList<int>? order)
    {
        if (order is null)
        {
            return state;
        }

        Tensor table = RnnUtils.Table([.. order], state.H.Device);
        return new(
            state.H.ReadAt("IndexSelect", RnnUtils.At(1, table)),
            state.C?.ReadAt("IndexSelect", RnnUtils.At(1, table)));
    }

    /// <summary>The states to begin with, [layers · directions, batch, size]: zeros, or what was given.</summary>
    private RecurrentState Initial(Tensor x, int batch, bool isBatch, Tensor? h, Tensor? c)
    {
        Tensor weight = _weights[0].InputWeight;
        Tensor.RequireLayerType(Kind, x, weight);
        return new(
            State("h", h, OutputSize), _kind == RecurrentKind.LSTM ? State("c", c, HiddenSize) : null);

        Tensor State(string name, Tensor? given, int size)
        {
            int[] shape = isBatch ? [_weights.Length, batch, size] : [_weights.Length, size];
            if (given is null)
            {
                return Tensor.Zeros([_weights.Length, batch, size], weight.DType, weight.Device);
            }

            if (given.Shape != Shape.Create(shape))
            {
                throw new ArgumentException(
                    $"{Kind}: the initial {name} must be [{string.Join(", ", shape)}] for {NumLayers} layers in "
                        + $"{Directions} directions and an input {x.Shape}; it is {given.Shape}.", nameof(given));
            }

            Tensor.RequireLayerType(Kind, given, weight);
            return isBatch ? given : given.Unsqueeze(1);
        }
    }

    private (Tensor Rows, RecurrentState Final) Layers(Tensor rows, SequenceSteps steps, RecurrentState initial)
    {
        RecurrentState[] finals = new RecurrentState[_weights.Length];
        for (int layer = 0; layer < NumLayers; layer++)
        {
            if (layer > 0 && Dropout > 0)
            {
                rows = Functional.Dropout(rows, Dropout, IsTraining, _generator);
            }

            Tensor[] directions = new Tensor[Directions];
            for (int d = 0; d < Directions; d++)
            {
                int i = (layer * Directions) + d;
                RecurrentState first = new(initial.H.Select(0, i), initial.C?.Select(0, i));
                (directions[d], finals[i]) = RecurrentSteps.Run(_kind, rows, steps, d == 1, first, _weights[i]);
            }

            rows = Bidirectional ? Tensor.Cat(directions, 1) : directions[0];
        }

        return (rows, new(
            Tensor.Stack([.. finals.Select(state => state.H)]),
            finals[0].C is null ? null : Tensor.Stack([.. finals.Select(state => state.C!)])));
    }
}
