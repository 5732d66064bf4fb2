using Autodiff.Steps;

namespace Autodiff.Nn;

/// <summary>The targets of <see cref="CTCLoss"/>: checked, and each with blanks between its labels.</summary>
internal readonly struct AlignmentTarget
{
    private readonly Tensor _labels;
    private readonly int _most;

    public AlignmentTarget(
        Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths, int blank)
    {
        Sizes sizes = new(logProbs, targets, blank);
        Device device = logProbs.Device;
        InputLengths = sizes.RequireLengths(inputLengths, "input lengths").To(device);
        Lengths = sizes.RequireLengths(targetLengths, "target lengths").To(device);
        targets = targets.To(device).To(DType.Int64);

        // One look at all numbers: a replay of a compiled step checks them again.
        _most = StepRecording.Look(
            Tensor.Cat([InputLengths, Lengths, targets.Reshape(-1)]), numbers => sizes.Check(numbers.ToArray<long>()));
        Tensor places = RnnUtils.Range(_most, device);
        Tensor isPadding = places.Ge(Lengths.Unsqueeze(1));
        Tensor labels;
        if (sizes.IsPadded)
        {
            labels = targets.Narrow(1, 0, _most);
        }
        else
        {
            Tensor starts = (Lengths.CumSum(0) - Lengths).Unsqueeze(1);
            labels = targets.Take((places + starts).MaskedFill(isPadding, 0));
        }

        labels = labels.MaskedFill(isPadding, blank);
        Tensor blanks = Tensor.Full([sizes.Batch, 1], blank, DType.Int64, device);
        Tensor pairs = Tensor.Stack([labels, blanks.Expand(sizes.Batch, _most)], 2);
        _labels = Tensor.Cat([blanks, pairs.Reshape(sizes.Batch, 2 * _most)], 1);
    }

    /// <summary>How many steps each sequence has, [N].</summary>
    public Tensor InputLengths { get; }

    /// <summary>How many labels each target has, [N].</summary>
    public Tensor Lengths { get; }

    /// <summary>The logarithm of the probability of each target, [N].</summary>
    /// <param name="x">Logarithms of probabilities, [T, N, C].</param>
    public Tensor Align(Tensor x)
    {
        (int steps, int batch, int places) = (x.Size(0), x.Size(1), (2 * _most) + 1);
        Tensor never = Tensor.Full([batch, 2], double.NegativeInfinity, x.DType, x.Device);
        Tensor emitted = x.Gather(2, _labels.Unsqueeze(0).Expand(steps, batch, places));

        // 0 where a label may follow the last but one without a blank between them.
        Tensor jump = Tensor.Cat([never, Tensor.Zeros([batch, places - 1], x.DType, x.Device)], 1).Narrow(1, 0, places);
        if (places > 2)
        {
            Tensor same = _labels.Narrow(1, 2, places - 2).Eq(_labels.Narrow(1, 0, places - 2));
            Tensor first = jump.Narrow(1, 0, 2), rest = jump.Narrow(1, 2, places - 2);
            jump = Tensor.Cat([first, rest.MaskedFill(same, double.NegativeInfinity)], 1);
        }

        // Two places before the first, which nothing comes from; before the first step the first place is certain.
        Tensor start = Tensor.Cat(
            [never, Tensor.Zeros([batch, 1], x.DType, x.Device), never.Narrow(1, 0, 1).Expand(batch, places - 1)], 1);
        Tensor[] reached = new Tensor[steps + 1];
        reached[0] = start;
        for (int t = 0; t < steps; t++)
        {
            Tensor before = reached[t];
            Tensor stay = before.Narrow(1, 2, places), next = before.Narrow(1, 1, places);
            Tensor ways = stay.LogAddExp(next).LogAddExp(before.Narrow(1, 0, places) + jump);
            reached[t + 1] = Tensor.Cat([never, ways + emitted.Select(0, t)], 1);
        }

        Tensor last = InputLengths.Reshape(1, batch, 1).Expand(1, batch, places + 2);
        Tensor ends = Tensor.Stack(reached).Gather(0, last).Squeeze(0), at = (Lengths * 2).Unsqueeze(1);
        return ends.Gather(1, at + 2).Squeeze(1).LogAddExp(ends.Gather(1, at + 1).Squeeze(1));
    }

    /// <summary>What operands must fit.</summary>
    private readonly struct Sizes
    {
        private readonly Shape _input, _targets;
        private readonly int _steps, _classes, _blank;

        public Sizes(Tensor logProbs, Tensor targets, int blank)
        {
            if (logProbs.Rank is not (2 or 3) || !logProbs.DType.IsFloatingPoint())
            {
                throw new ArgumentException(
                    "CTCLoss: log probabilities must be numbers [T, N, C], or [T, C] for one sequence; they are "
                        + $"{logProbs.Shape} of {logProbs.DType.DisplayName()}.", nameof(logProbs));
            }

            (_input, _targets, _blank) = (logProbs.Shape, targets.Shape, blank);
            (_steps, _classes) = (logProbs.Size(0), logProbs.Size(-1));
            IsBatch = logProbs.Rank == 3;
            Batch = IsBatch ? logProbs.Size(1) : 1;
            IsPadded = targets.Rank == 2;
            bool fits = targets.Rank == 1 || (IsPadded && IsBatch && targets.Size(0) == Batch);
            if (!fits || targets.DType is not (DType.Int32 or DType.Int64))
            {
                throw new ArgumentException(
                    $"CTCLoss: log probabilities {logProbs.Shape} need targets of integers, "
                        + (IsBatch ? $"[{Batch}, S] with padding or all labels in a row" : "[S]")
                        + $"; they are {targets.Shape} of {targets.DType.DisplayName()}.", nameof(targets));
            }

            if (blank < 0 || blank >= _classes)
            {
                throw new ArgumentOutOfRangeException(nameof(blank), blank,
                    $"CTCLoss: the blank {blank} is not a class; log probabilities {logProbs.Shape} have {_classes}, "
                        + "from 0 on.");
            }
        }

        public bool IsBatch { get; }

        public int Batch { get; }

        /// <summary>Whether each sequence has a row of targets.</summary>
        public bool IsPadded { get; }

        public Tensor RequireLengths(Tensor lengths, string what)
        {
            bool fits = (lengths.Rank == 1 && lengths.Size(0) == Batch) || (lengths.Rank == 0 && !IsBatch);
            return fits && lengths.DType is DType.Int32 or DType.Int64
                ? lengths.To(DType.Int64).Reshape(Batch)
                : throw new ArgumentException(
                    $"CTCLoss: log probabilities {_input} need {what} of integers, [{Batch}]; they are "
                        + $"{lengths.Shape} of {lengths.DType.DisplayName()}.", nameof(lengths));
        }

        /// <summary>Refuses lengths and labels out of range; how many labels the longest target has.</summary>
        public int Check(ReadOnlySpan<long> numbers)
        {
            (int batch, int steps) = (Batch, _steps);
            ReadOnlySpan<long> inputs = numbers[..batch], lengths = numbers[batch..(2 * batch)],
                labels = numbers[(2 * batch)..];
            int capacity = IsPadded ? _targets[1] : labels.Length;
            long most = 0, sum = 0;
            for (int n = 0; n < batch; n++)
            {
                if (inputs[n] < 0 || inputs[n] > steps)
                {
                    throw new ArgumentException(
                        $"CTCLoss: the input length of sequence {n} is {inputs[n]}; log probabilities {_input} have "
                            + $"{steps} steps.");
                }

                if (lengths[n] < 0 || lengths[n] > capacity || (!IsPadded && lengths[n] > capacity - sum))
                {
                    throw new ArgumentException(
                        $"CTCLoss: the target length of sequence {n} is {lengths[n]}; targets {_targets} have "
                            + (IsPadded ? $"{capacity} labels a sequence." : $"{capacity - sum} labels left for it."));
                }

                int start = IsPadded ? n * capacity : (int)sum;
                RequireLabels(labels.Slice(start, (int)lengths[n]), n);
                (most, sum) = (Math.Max(most, lengths[n]), sum + lengths[n]);
            }

            return IsPadded || sum == capacity
                ? (int)most
                : throw new ArgumentException(
                    $"CTCLoss: the target lengths add up to {sum}, but there are {capacity} labels in a row.");
        }

        private void RequireLabels(ReadOnlySpan<long> labels, int sequence)
        {
            foreach (long label in labels)
            {
                if (label < 0 || label >= _classes || label == _blank)
                {
                    throw new ArgumentOutOfRangeException(nameof(labels), label,
                        $"CTCLoss: label {label} of sequence {sequence} "
                            + (label == _blank ? "is the blank" : "is not a class")
                            + $"; labels are classes 0 to {_classes - 1} but for the blank {_blank}.");
                }
            }
        }
    }
}
