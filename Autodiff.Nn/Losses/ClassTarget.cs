using System.Buffers;
using System.Globalization;
using Autodiff.Steps;

namespace Autodiff.Nn;

/// <summary>Class numbers as a loss's target: checked, with their weights, and with ignored ones taken out.</summary>
internal readonly struct ClassTarget
{
    private readonly int _dim;
    private readonly Tensor _positions;
    private readonly Tensor? _ignored;
    private readonly Tensor? _weights;

    public ClassTarget(string loss, Tensor input, Tensor target, Tensor? weight, long ignoreIndex)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        _dim = Dimension(loss, input);
        RequireFit(loss, input, target, _dim);
        int count = input.Size(_dim);
        RequireWeight(loss, weight, count);

        Shape shape = input.Shape;
        bool any = StepRecording.Look(target, labels => HasIgnored(loss, shape, labels, count, ignoreIndex));
        target = target.To(DType.Int64);
        _ignored = any ? target.Eq(ignoreIndex) : null;
        _positions = any ? target.MaskedFill(_ignored!, 0) : target;
        _weights = weight?.Gather(0, _positions.Reshape(-1)).Reshape(_positions.Shape);
        if (any)
        {
            _weights = (_weights ?? Tensor.Ones(target.Shape, input.DType, input.Device)).MaskedFill(_ignored!, 0);
        }
    }

    /// <summary>Whether a target is to be ignored; any other must be a class.</summary>
    private static bool HasIgnored(string loss, Shape input, Tensor target, int count, long ignoreIndex)
    {
        // Every step comes here, so the copy's memory is borrowed.
        long[] borrowed = ArrayPool<long>.Shared.Rent(Sizes.Entries(loss, target.ElementCount, DType.Int64));
        try
        {
            Span<long> numbers = borrowed.AsSpan(0, (int)target.ElementCount);
            target.CopyTo(numbers);
            bool any = false;
            for (int i = 0; i < numbers.Length; i++)
            {
                if (numbers[i] == ignoreIndex)
                {
                    any = true;
                }
                else if (numbers[i] < 0 || numbers[i] >= count)
                {
                    throw new ArgumentOutOfRangeException(nameof(target), numbers[i],
                        string.Create(CultureInfo.InvariantCulture,
                        $"{loss}: target {numbers[i]} (element {i}) is not a class; input {input} has the {count} "
                            + $"classes 0 to {count - 1}."));
                }
            }

            return any;
        }
        finally
        {
            ArrayPool<long>.Shared.Return(borrowed);
        }
    }

    /// <summary>The dimension that counts classes.</summary>
    public static int Dimension(string loss, Tensor input) => input.Rank switch
    {
        0 =>
            throw new ArgumentException(
                $"{loss}: the input is a single number; it needs a dimension of classes, [classes] or [N, classes, "
                    + "...].", nameof(input)),
        1 => 0,
        _ => 1,
    };

    /// <summary>Refuses weights that are not one for each class.</summary>
    public static void RequireWeight(string loss, Tensor? weight, int classes)
    {
        if (weight is not null && (weight.Rank != 1 || weight.Size(0) != classes))
        {
            throw new ArgumentException(
                $"{loss}: weight {weight.Shape} must have one number for each of the {classes} classes.",
                nameof(weight));
        }
    }

    /// <summary>The element of each row that the target names; ignored rows give 0.</summary>
    public Tensor Pick(Tensor x)
    {
        Tensor picked = x.Gather(_dim, _positions.Unsqueeze(_dim)).Squeeze(_dim);
        return _ignored is null ? picked : picked.MaskedFill(_ignored, 0);
    }

    /// <summary>The losses with those of ignored targets set to 0.</summary>
    public Tensor Keep(Tensor losses) => _ignored is null ? losses : losses.MaskedFill(_ignored, 0);

    /// <summary>Weighs and reduces; the mean divides by the sum of the weights.</summary>
    /// <param name="losses">Unweighted losses.</param>
    /// <param name="reduction">How to reduce.</param>
    /// <param name="weighed">Further losses that carry their weights already.</param>
    public Tensor Reduce(Tensor losses, Reduction reduction, Tensor? weighed = null)
    {
        if (_weights is null)
        {
            return (weighed is null ? losses : losses + weighed).Reduce(reduction);
        }

        losses = losses.Weighted(_weights);
        losses = weighed is null ? losses : losses + weighed;
        return reduction == Reduction.Mean ? losses.Sum() / _weights.Sum() : losses.Reduce(reduction);
    }

    private static void RequireFit(string loss, Tensor input, Tensor target, int dim)
    {
        Shape expected = [.. input.Shape.AsSpan()[..dim], .. input.Shape.AsSpan()[(dim + 1)..]];
        if (target.Shape == expected && !target.DType.IsFloatingPoint() && target.DType != DType.Bool)
        {
            return;
        }

        string remedy = "";
        if (target.Shape == expected)
        {
            remedy = " Use target.To(DType.Int64).";
        }
        else if (target.Rank == expected.Rank + 1 && target.Size(dim) == 1)
        {
            remedy = $" Use target.Squeeze({dim}).";
        }

        throw new ArgumentException(
            $"{loss}: input {input.Shape} has its classes in dimension {dim}, so the target must hold class numbers "
                + $"(int64) in shape {expected}; "
            + $"it is {target.Shape} of {target.DType.DisplayName()}.{remedy}", nameof(target));
    }
}
