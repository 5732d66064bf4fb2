using System.Runtime.InteropServices;

namespace Autodiff;

public static partial class Autograd
{
    /// <summary>
    /// The gradients of <paramref name="outputs"/> with respect to <paramref name="inputs"/>, returned rather than
    /// accumulated (PyTorch's <c>torch.autograd.grad</c>): for each input x, Σ over outputs y of vᵀ ∂y/∂x.
    /// </summary>
    /// <param name="outputs">Results of recorded operations.</param>
    /// <param name="inputs">Leaves, or tensors computed on the way.</param>
    /// <param name="gradOutputs">One upstream gradient v for each output, of its shape; may be null where all outputs
    /// have one element.</param>
    /// <param name="retainGraph">Keep what the rules saved. True when <paramref name="createGraph"/> is.</param>
    /// <param name="createGraph">Record the computation, so that the gradients can be differentiated.</param>
    /// <param name="allowUnused">Return null for an input that no output depends on; otherwise that is an
    /// error.</param>
    /// <returns>One gradient for each input, of its shape.</returns>
    /// <exception cref="InvalidOperationException">An input does not require grad or is not used, or the graph was
    /// consumed.</exception>
    public static Tensor?[] Grad(
        ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> gradOutputs = default,
        bool retainGraph = false, bool createGraph = false, bool allowUnused = false)
    {
        if (gradOutputs.Length != 0 && gradOutputs.Length != outputs.Length)
        {
            throw new ArgumentException($"Grad: {gradOutputs.Length} upstream gradients for {outputs.Length} outputs.",
                nameof(gradOutputs));
        }

        Node[] nodes = new Node[inputs.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i] = inputs[i].NodeForInput()
                ?? throw new InvalidOperationException(
                    $"Grad: input {i} ({inputs[i].Describe()}) does not require grad.");
        }

        Tensor?[] gradients = GradientsAt(outputs, nodes, gradOutputs, retainGraph || createGraph, createGraph);
        for (int i = 0; i < gradients.Length; i++)
        {
            if (gradients[i] is null && !allowUnused)
            {
                throw new InvalidOperationException(
                    $"Grad: no output depends on input {i} ({inputs[i].Describe()}). Pass allowUnused: true to get "
                        + "null for it.");
            }
        }

        return gradients;
    }

    /// <summary>The gradients at nodes of the graph; null where no output depends on one.</summary>
    private static Tensor?[] GradientsAt(
        ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Node> inputs, ReadOnlySpan<Tensor> gradOutputs, bool retainGraph,
        bool createGraph)
    {
        List<Node> roots = [];
        List<Tensor> seeds = [];
        for (int i = 0; i < outputs.Length; i++)
        {
            Tensor seed = Seed(outputs[i], gradOutputs.Length == 0 ? null : gradOutputs[i]);
            if (outputs[i].NodeForInput() is { } root)
            {
                roots.Add(root);
                seeds.Add(seed);
            }
        }

        Dictionary<Node, Tensor?> wanted = [];
        foreach (Node input in inputs)
        {
            wanted[input] = null;
        }

        Backpropagation.Run(CollectionsMarshal.AsSpan(roots), CollectionsMarshal.AsSpan(seeds), retainGraph,
            createGraph, wanted);
        Tensor?[] gradients = new Tensor?[inputs.Length];
        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i] = wanted[inputs[i]];
            if (gradients[i] is { } shared && inputs[..i].Contains(inputs[i]))
            {
                gradients[i] = shared.Clone(); // asked for twice
            }
        }

        return gradients;
    }
}
