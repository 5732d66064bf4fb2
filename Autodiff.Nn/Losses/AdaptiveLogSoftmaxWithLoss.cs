namespace Autodiff.Nn;

/// <summary>
/// A softmax over very many classes that are ordered by how frequent they are: the head decides among the frequent
/// ones and the clusters of rare ones, and only the rows whose class lies in a cluster run through that cluster's
/// smaller network (Grave, Joulin, Cissé, Grangier and Jégou, "Efficient softmax approximation for GPUs", 2017).
/// </summary>
/// <remarks>
/// Which rows go through which cluster depends on the values of the target, so a compiled step that holds this loss
/// runs eagerly. Initial values as <see cref="Linear"/>'s, the head's first, then each cluster's two layers in order.
/// </remarks>
public class AdaptiveLogSoftmaxWithLoss : Module
{
    private readonly int[] _cutoffs;

    /// <summary>Makes the loss.</summary>
    /// <param name="inFeatures">The size of a row.</param>
    /// <param name="nClasses">How many classes there are.</param>
    /// <param name="cutoffs">Where clusters begin, increasing, each between 0 and <paramref name="nClasses"/>: classes
    /// below the first are in the head.</param>
    /// <param name="divValue">By what each further cluster's rows are smaller than those of the one before it.</param>
    /// <param name="headBias">Whether the head has a bias.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException">The cutoffs do not increase strictly between 0 and
    /// <paramref name="nClasses"/>.</exception>
    public AdaptiveLogSoftmaxWithLoss(int inFeatures, int nClasses, ReadOnlySpan<int> cutoffs, double divValue = 4,
        bool headBias = false, DType type = DType.Float32, Device? device = null, Generator? generator = null)
    {
        _cutoffs = [.. cutoffs, nClasses];
        for (int i = 0; i < _cutoffs.Length; i++)
        {
            if (_cutoffs.Length == 1 || _cutoffs[i] <= (i == 0 ? 0 : _cutoffs[i - 1]))
            {
                throw new ArgumentException(
                    "AdaptiveLogSoftmaxWithLoss: the cutoffs must be increasing numbers of classes, each above 0 and "
                        + $"below the {nClasses} classes; they are [{string.Join(", ", cutoffs.ToArray())}].",
                    nameof(cutoffs));
            }
        }

        Functional.Positive(divValue);
        (InFeatures, NClasses, DivValue) = (inFeatures, nClasses, divValue);
        int clusters = _cutoffs.Length - 1;
        Head = RegisterModule("head",
            new Linear(inFeatures, _cutoffs[0] + clusters, headBias, type, device, generator));
        Tail = RegisterModule("tail", new ModuleList<Sequential>());
        for (int i = 0; i < clusters; i++)
        {
            int inner = (int)Math.Floor(inFeatures / Math.Pow(divValue, i + 1));
            Tail.Add([
                new Linear(inFeatures, inner, bias: false, type, device, generator),
                new Linear(inner, _cutoffs[i + 1] - _cutoffs[i], bias: false, type, device, generator),
            ]);
        }
    }

    /// <summary>The size of a row.</summary>
    public int InFeatures { get; }

    /// <summary>How many classes there are.</summary>
    public int NClasses { get; }

    /// <summary>Where clusters begin.</summary>
    public IReadOnlyList<int> Cutoffs => _cutoffs[..^1];

    /// <summary>By what each further cluster's rows are smaller.</summary>
    public double DivValue { get; }

    /// <summary>What decides among the frequent classes and the clusters.</summary>
    public Linear Head { get; }

    /// <summary>The networks of the clusters.</summary>
    public ModuleList<Sequential> Tail { get; }

    /// <summary>The logarithm of the probability of each row's class, and the mean of its negative.</summary>
    /// <param name="input">x, [N, in] or [in].</param>
    /// <param name="target">Class numbers, [N] or [].</param>
    /// <returns>ln p of the target, [N] or [], and the loss, [].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or the target holds no integers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is not a class.</exception>
    public (Tensor Output, Tensor Loss) Forward(Tensor input, Tensor target)
    {
        RequireInput(input);
        ArgumentNullException.ThrowIfNull(target);
        Shape expected = input.Rank == 1 ? [] : [input.Size(0)];
        if (target.Shape != expected || target.DType.IsFloatingPoint() || target.DType == DType.Bool)
        {
            throw new ArgumentException(
                $"AdaptiveLogSoftmaxWithLoss: input {input.Shape} needs class numbers (int64) of shape {expected}; the "
                    + $"target is {target.Shape} of {target.DType.DisplayName()}.", nameof(target));
        }

        Tensor rows = input.Reshape(-1, InFeatures), classes = target.To(DType.Int64).Reshape(-1);
        long[] numbers = classes.ToArray<long>();
        Tensor head = Head.Forward(rows).LogSoftmax(-1);
        long[] inHead = [.. numbers.Select(HeadColumn)];
        Tensor output = head.Gather(1, Column(inHead, input.Device)).Squeeze(1);
        for (int i = 0; i < Tail.Count; i++)
        {
            (int from, int to) = (_cutoffs[i], _cutoffs[i + 1]);
            long[] members = [.. numbers.Index().Where(n => n.Item >= from && n.Item < to).Select(n => (long)n.Index)];
            if (members.Length > 0)
            {
                Tensor at = Tensor.From(members, [members.Length]).To(input.Device);
                long[] columns = [.. members.Select(row => numbers[row] - from)];
                Tensor inside = Tail[i].Forward(rows.IndexSelect(0, at)).LogSoftmax(-1)
                    .Gather(1, Column(columns, input.Device)).Squeeze(1);
                output = output.IndexAdd(0, at, inside);
            }
        }

        return (output.Reshape(expected), -output.Mean());
    }

    /// <summary>The logarithms of the probabilities of all classes.</summary>
    /// <param name="input">x, [N, in] or [in].</param>
    /// <returns>[N, classes] or [classes].</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public Tensor LogProb(Tensor input)
    {
        RequireInput(input);
        Tensor head = Head.Forward(input).LogSoftmax(-1);
        Tensor[] parts = new Tensor[Tail.Count + 1];
        parts[0] = head.Narrow(-1, 0, _cutoffs[0]);
        for (int i = 0; i < Tail.Count; i++)
        {
            parts[i + 1] = Tail[i].Forward(input).LogSoftmax(-1) + head.Narrow(-1, _cutoffs[0] + i, 1);
        }

        return Tensor.Cat(parts, -1);
    }

    /// <summary>The most probable class of each row.</summary>
    /// <param name="input">x, [N, in] or [in].</param>
    /// <returns>Class numbers, [N] or [].</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public Tensor Predict(Tensor input) => LogProb(input).ArgMax(-1);

    private long HeadColumn(long target)
    {
        if (target < 0 || target >= NClasses)
        {
            throw new ArgumentOutOfRangeException(nameof(target), target,
                $"AdaptiveLogSoftmaxWithLoss: target {target} is not a class; the classes are 0 to {NClasses - 1}.");
        }

        int cluster = Array.FindIndex(_cutoffs, cutoff => target < cutoff) - 1;
        return cluster < 0 ? target : _cutoffs[0] + cluster;
    }

    private static Tensor Column(long[] numbers, Device device) =>
        Tensor.From(numbers, [numbers.Length, 1]).To(device);

    private void RequireInput(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Rank is not (1 or 2) || input.Size(-1) != InFeatures)
        {
            throw new ArgumentException(
                $"AdaptiveLogSoftmaxWithLoss: input {input.Shape} must be [N, {InFeatures}] or [{InFeatures}].",
                nameof(input));
        }
    }
}
