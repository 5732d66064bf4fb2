using System.Runtime.CompilerServices;

namespace Autodiff;

/// <summary>Reverse-mode differentiation of recorded computations.</summary>
public static partial class Autograd
{
    /// <summary>
    /// Adds to every leaf's <see cref="Tensor.Grad"/> the gradient of <paramref name="root"/> with respect to it: the
    /// vector-Jacobian product of <paramref name="gradient"/> with the whole recorded computation.
    /// </summary>
    /// <param name="root">The result to differentiate, usually a loss.</param>
    /// <param name="gradient">The upstream gradient, of the root's shape; 1 for a root of one element.</param>
    /// <param name="retainGraph">Keep what the rules saved, so that Backward can run again. True when
    /// <paramref name="createGraph"/> is.</param>
    /// <param name="createGraph">Record the backward computation too, so that gradients can be differentiated.</param>
    /// <param name="expression">The root's expression in the caller's code, for messages.</param>
    /// <exception cref="InvalidOperationException">The root requires no grad, has several elements and no gradient is
    /// given, or its graph was already consumed.</exception>
    public static void Backward(
        this Tensor root, Tensor? gradient = null, bool retainGraph = false, bool createGraph = false,
        [CallerArgumentExpression(nameof(root))] string? expression = null)
    {
        ArgumentNullException.ThrowIfNull(root);
        Node node = Root(root, expression);
        gradient = (gradient is null && !createGraph ? UnitSeed.For(root) : null) ?? Seed(root, gradient);
        try
        {
            Backpropagation.Run([node], [gradient], retainGraph || createGraph, createGraph);
        }
        catch (InvalidOperationException e)
            when (e.Message.StartsWith("Backward: the graph was already consumed", StringComparison.Ordinal))
        {
            throw new InvalidOperationException(e.Message.Replace("the graph was", $"the graph of '{expression}' was",
                StringComparison.Ordinal), e);
        }
    }

    internal static Node Root(Tensor root, string? expression) =>
        root.NodeForInput() ?? throw new InvalidOperationException(
        $"Backward: '{expression}' does not require grad: nothing it was computed from requires it, or it was computed "
            + "under NoGrad or detached.");

    internal static Tensor Seed(Tensor root, Tensor? gradient)
    {
        if (gradient is null)
        {
            return root.ElementCount == 1
                ? Tensor.Full(root.Shape, 1, root.DType, root.Device)
                : throw new InvalidOperationException(
                    $"Backward: root has shape {root.Shape}; pass an upstream gradient of that shape or reduce with "
                        + "Sum() or Mean().");
        }

        return gradient.Shape == root.Shape
            ? gradient
            : throw new ArgumentException(
                $"Backward: the upstream gradient has shape {gradient.Shape}, the root {root.Shape}; they must agree.",
                nameof(gradient));
    }
}
