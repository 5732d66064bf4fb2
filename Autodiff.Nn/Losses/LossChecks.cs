using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>
/// Losses and layers as plain functions of tensors (PyTorch's <c>torch.nn.functional</c>). Activations are methods of
/// <see cref="Tensor"/>: <c>x.Relu()</c>.
/// </summary>
public static partial class Functional
{
    /// <summary>Applies a reduction to the losses of single elements.</summary>
    internal static Tensor Reduce(this Tensor losses, Reduction reduction) => reduction switch
    {
        Reduction.None => losses,
        Reduction.Mean => losses.Mean(),
        Reduction.Sum => losses.Sum(),
        Reduction.BatchMean => losses.Sum() / (losses.Rank == 0 ? 1 : Math.Max(1, losses.Size(0))),
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Not a reduction."),
    };

    /// <summary>What most losses are: the shapes checked, the loss of each element, the reduction.</summary>
    private static Tensor Reduced<TOp>(string loss, TOp op, Tensor input, Tensor target, Reduction reduction)
        where TOp : unmanaged, IBinaryOp
    {
        RequireSameShape(loss, input, target);
        return Tensor.Map(op, input, target).Reduce(reduction);
    }

    /// <summary>Losses times weights, where a weight of 0 takes away an infinite loss too.</summary>
    internal static Tensor Weighted(this Tensor losses, Tensor? weight) =>
        weight is null ? losses : Tensor.Map(default(Weigh), losses, weight);

    /// <summary>Refuses weights that would make more losses than there are.</summary>
    internal static void RequireWeight(string loss, Tensor input, Tensor? weight, string name = "weight")
    {
        if (weight is not null && !input.IsNumber && !Broadcasting.CanExpand(weight.Layout, input.Layout))
        {
            throw new ArgumentException($"{loss}: {name} {weight.Shape} does not broadcast to {input.Shape}.", name);
        }
    }

    /// <summary>The value, if it is above 0.</summary>
    internal static double Positive(double value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }

    /// <summary>The value, if it is at least 0.</summary>
    internal static double NotNegative(double value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        return value;
    }

    /// <summary>
    /// Refuses shapes that differ, where broadcasting would quietly compare everything with everything.
    /// </summary>
    internal static void RequireSameShape(string loss, Tensor input, Tensor target, string inputName = "prediction",
        string targetName = "target")
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        if (input.Layout.SameShape(target.Layout) || target.IsNumber || input.IsNumber)
        {
            return;
        }

        string text = $"{loss}: {inputName} {input.Shape} and {targetName} {target.Shape} differ";
        text += Broadcast(input.Shape, target.Shape) is { } common
            ? $"; broadcasting them would give a {common} "
                + $"loss.{Remedy(input.Shape, inputName, target.Shape, targetName)}"
            : "; they must have one shape.";
        throw new ArgumentException(text, nameof(target));
    }

    private static string Remedy(Shape input, string inputName, Shape target, string targetName)
    {
        if (input.Rank == target.Rank + 1 && OneMore(input, target) is int inserted)
        {
            return $" Use {targetName}.Unsqueeze({inserted}).";
        }

        return target.Rank == input.Rank + 1 && OneMore(target, input) is int extra
            ? $" Use {targetName}.Squeeze({extra})."
            : $" Bring the {targetName} to the shape of the {inputName}.";
    }

    /// <summary>The dimension of size 1 that the longer shape has more, the last one if there are several.</summary>
    private static int? OneMore(Shape longer, Shape shorter)
    {
        for (int d = longer.Rank - 1; d >= 0; d--)
        {
            if (longer[d] == 1 && longer.AsSpan()[..d].SequenceEqual(shorter.AsSpan()[..d])
                && longer.AsSpan()[(d + 1)..].SequenceEqual(shorter.AsSpan()[d..]))
            {
                return d;
            }
        }

        return null;
    }

    private static Shape? Broadcast(Shape a, Shape b)
    {
        int[] sizes = new int[Math.Max(a.Rank, b.Rank)];
        for (int i = 1; i <= sizes.Length; i++)
        {
            int p = i <= a.Rank ? a[^i] : 1, q = i <= b.Rank ? b[^i] : 1;
            if (p != q && p != 1 && q != 1)
            {
                return null;
            }

            sizes[^i] = p == 1 ? q : p;
        }

        return sizes;
    }
}
