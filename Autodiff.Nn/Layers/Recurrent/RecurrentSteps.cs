using Autodiff.Cpu;
using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>What a recurrent layer computes at each step.</summary>
internal enum RecurrentKind
{
    Tanh,
    Relu,
    LSTM,
    GRU,
}

/// <summary>The parameters of one layer in one direction.</summary>
/// <param name="InputWeight">[gates, in].</param>
/// <param name="HiddenWeight">[gates, hidden].</param>
/// <param name="InputBias">[gates], or null.</param>
/// <param name="HiddenBias">[gates], or null.</param>
/// <param name="Projection">[projected, hidden], or null.</param>
internal sealed record RecurrentWeights(
    Tensor InputWeight, Tensor HiddenWeight, Tensor? InputBias, Tensor? HiddenBias, Tensor? Projection = null)
{
    /// <summary>In PyTorch's order.</summary>
    public Tensor[] All => [.. new[] { InputWeight, HiddenWeight, InputBias, HiddenBias, Projection }.OfType<Tensor>()];
}

/// <summary>The state of a recurrent layer: h, and c of an LSTM.</summary>
internal readonly record struct RecurrentState(Tensor H, Tensor? C)
{
    /// <summary>The state of some of its sequences.</summary>
    public RecurrentState Narrow(int start, int length) =>
        new(H.Narrow(0, start, length), C?.Narrow(0, start, length));

    /// <summary>The states of several sequences behind each other.</summary>
    public static RecurrentState Cat(List<RecurrentState> states) => states.Count == 1
        ? states[0]
        : new(Tensor.Cat([.. states.Select(state => state.H)]),
            states[0].C is null ? null : Tensor.Cat([.. states.Select(state => state.C!)]));
}

/// <summary>One layer in one direction over the steps of sequences.</summary>
internal static class RecurrentSteps
{
    /// <summary>Rows of the weights for each hidden unit.</summary>
    public static int Gates(RecurrentKind kind) => kind switch
    {
        RecurrentKind.LSTM => 4,
        RecurrentKind.GRU => 3,
        _ => 1,
    };

    /// <summary>The state after one step.</summary>
    /// <param name="kind">What is computed.</param>
    /// <param name="x">The input's product with its bias, [batch, gates].</param>
    /// <param name="state">The state before.</param>
    /// <param name="weights">The parameters.</param>
    public static RecurrentState Step(RecurrentKind kind, Tensor x, RecurrentState state, RecurrentWeights weights)
    {
        Tensor product = state.H.Linear(weights.HiddenWeight, weights.HiddenBias);
        if (kind == RecurrentKind.GRU)
        {
            Tensor[] own = x.Chunk(3, 1), fed = product.Chunk(3, 1);
            Tensor candidate = Tensor.Map(default(ResetTanh), own[0] + fed[0], own[2], fed[2]);
            return new(Tensor.Map(default(GatedBlend), own[1] + fed[1], candidate, state.H), null);
        }

        Tensor sum = x + product;
        if (kind != RecurrentKind.LSTM)
        {
            return new(kind == RecurrentKind.Tanh ? sum.Tanh() : sum.Relu(), null);
        }

        Tensor[] gates = sum.Chunk(4, 1);
        Tensor c = Tensor.Map(
            default(KeptState), Tensor.Map(default(GatedTanh), gates[0], gates[2]), gates[1], state.C!);
        Tensor h = Tensor.Map(default(GatedTanh), gates[3], c);
        return new(weights.Projection is null ? h : h.Linear(weights.Projection), c);
    }

    /// <summary>All steps.</summary>
    /// <param name="kind">What is computed at each.</param>
    /// <param name="rows">The input, [rows, in].</param>
    /// <param name="steps">Which rows belong to each step.</param>
    /// <param name="reverse">From the last step to the first; sequences join in as they have an entry.</param>
    /// <param name="initial">The state before, [batch, ...].</param>
    /// <param name="weights">The parameters.</param>
    /// <returns>h of each row, and the state of each sequence after its last (or first) entry.</returns>
    public static (Tensor Rows, RecurrentState Final) Run(
        RecurrentKind kind, Tensor rows, SequenceSteps steps, bool reverse, RecurrentState initial,
        RecurrentWeights weights)
    {
        // The input's products of all steps are one. Where no gate stands between, it takes both biases.
        Tensor? bias = weights.InputBias, hiddenBias = weights.HiddenBias;
        if (kind != RecurrentKind.GRU && bias is not null && hiddenBias is not null)
        {
            (bias, hiddenBias) = (bias + hiddenBias, null);
        }

        Tensor products = rows.Linear(weights.InputWeight, bias);
        weights = weights with { InputBias = bias, HiddenBias = hiddenBias };
        Tensor? all = weights.Projection is not null ? null : kind switch
        {
            RecurrentKind.LSTM => Fused<LstmCell>(kind, products, steps, reverse, initial, weights),
            RecurrentKind.GRU => Fused<GruCell>(kind, products, steps, reverse, initial, weights),
            RecurrentKind.Tanh => Fused<PlainCell<Operations.Tanh>>(kind, products, steps, reverse, initial, weights),
            _ => Fused<PlainCell<Operations.Relu>>(kind, products, steps, reverse, initial, weights),
        };
        if (all is not null)
        {
            Tensor h = all.Narrow(0, steps.Rows, steps.Batch);
            return (all.Narrow(0, 0, steps.Rows),
                new(h, kind == RecurrentKind.LSTM ? all.Narrow(0, steps.Rows + steps.Batch, steps.Batch) : null));
        }

        return Composed(kind, products, steps, reverse, initial, weights);
    }

    /// <summary>The steps as one loop, where the device has it.</summary>
    private static Tensor? Fused<TCell>(
        RecurrentKind kind, Tensor products, SequenceSteps steps, bool reverse, RecurrentState initial,
        RecurrentWeights weights)
        where TCell : struct, IRecurrentCell<TCell> => Tensor.RecurrentSteps<TCell>(
            products, weights.HiddenWeight, initial.H, initial.C ?? weights.HiddenBias, steps, reverse, own =>
            {
                Tensor? fourth = own.ElementAtOrDefault(3);
                bool hasCell = initial.C is not null;
                (Tensor rows, RecurrentState end) = Composed(
                    kind, own[0], steps, reverse, new(own[2], hasCell ? fourth : null),
                    weights with { HiddenWeight = own[1], HiddenBias = hasCell ? null : fourth });
                return Tensor.Cat(end.C is null ? [rows, end.H] : [rows, end.H, end.C]);
            });

    /// <summary>The steps one by one, as every device makes them.</summary>
    internal static (Tensor Rows, RecurrentState Final) Composed(
        RecurrentKind kind, Tensor products, SequenceSteps steps, bool reverse, RecurrentState initial,
        RecurrentWeights weights)
    {
        Tensor[] outputs = new Tensor[steps.Count];
        List<RecurrentState> ended = [];
        int active = reverse ? steps.BatchSizes[^1] : steps.Batch;
        RecurrentState state = active == steps.Batch ? initial : initial.Narrow(0, active);
        for (int i = 0; i < outputs.Length; i++)
        {
            int t = reverse ? outputs.Length - 1 - i : i, size = steps.BatchSizes[t];
            if (size < active)
            {
                ended.Insert(0, state.Narrow(size, active - size));
                state = state.Narrow(0, size);
            }
            else if (size > active)
            {
                state = RecurrentState.Cat([state, initial.Narrow(active, size - active)]);
            }

            active = size;
            state = Step(kind, products.Narrow(0, steps.Starts[t], size), state, weights);
            outputs[t] = state.H;
        }

        return (Tensor.Cat(outputs), RecurrentState.Cat([state, .. ended]));
    }
}
