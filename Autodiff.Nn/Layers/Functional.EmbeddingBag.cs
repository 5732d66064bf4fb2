using Autodiff.Steps;

namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>
    /// The sum, the mean or the largest entries of the vectors of each bag: y[b] = Σ wᵢ table[inputᵢ] over the bag.
    /// </summary>
    /// <remarks>
    /// With <see cref="EmbeddingBagMode.Max"/> and offsets the sizes of the bags are read on the host, so that a step
    /// with them runs eagerly; bags in rows are compiled.
    /// </remarks>
    /// <param name="input">[B, N] row numbers of an integer type, a bag in each row; or [M], with offsets.</param>
    /// <param name="weight">The table, [vectors, dim].</param>
    /// <param name="offsets">Where each bag begins in <paramref name="input"/>, ascending, the first at 0: int64 [B];
    /// null for bags in rows.</param>
    /// <param name="maxNorm">Rows that are looked up and longer than this are shortened to it in the table itself;
    /// null for no limit.</param>
    /// <param name="normType">p of the norm (Σ |x|^p)^(1/p).</param>
    /// <param name="scaleGradByFreq">Whether the gradient of a row is divided by how often it was looked up.</param>
    /// <param name="mode">How the vectors of a bag are combined.</param>
    /// <param name="perSampleWeights">wᵢ, shaped as <paramref name="input"/>, for sums; 1 if null.</param>
    /// <param name="includeLastOffset">Whether the offsets, [B + 1], have the end of the last bag, too: the length of
    /// the input.</param>
    /// <param name="paddingIndex">A row that does not count in a bag and gets no gradient, or null.</param>
    /// <returns>[B, dim]; zeros for a bag without vectors.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit, or the mode has no weights or no such
    /// gradient.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row, or an offset is outside the
    /// input.</exception>
    public static Tensor EmbeddingBag(
        Tensor input, Tensor weight, Tensor? offsets = null, double? maxNorm = null, double normType = 2,
        bool scaleGradByFreq = false, EmbeddingBagMode mode = EmbeddingBagMode.Mean, Tensor? perSampleWeights = null,
        bool includeLastOffset = false, int? paddingIndex = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        CheckBags(input, offsets, mode, perSampleWeights, scaleGradByFreq);
        int? padding = EmbeddingTable.Padding(nameof(EmbeddingBag), weight, paddingIndex);
        offsets = offsets is null ? null : CheckedOffsets(offsets, input.Size(0), includeLastOffset);
        Tensor rows = Embedding(input, weight, padding, maxNorm, normType, scaleGradByFreq);
        Tensor? isCounted = padding is { } row ? input.Ne(row).Unsqueeze(-1) : null;
        Tensor? counts = isCounted?.To(rows.DType), weights = perSampleWeights?.To(rows.DType).Unsqueeze(-1);
        if (isCounted is not null && mode != EmbeddingBagMode.Max)
        {
            // Zeros rather than products with 0, which an infinity of the padding row or its weight would make NaN.
            rows = Tensor.Where(isCounted, rows, 0);
            weights = weights is null ? null : Tensor.Where(isCounted, weights, 0);
        }

        if (weights is not null)
        {
            rows = rows * weights;
        }

        if (offsets is null)
        {
            return InRows(rows, counts, mode);
        }

        return mode == EmbeddingBagMode.Max
            ? LargestByOffsets(rows, counts, offsets, includeLastOffset)
            : SumByOffsets(rows, counts, offsets, includeLastOffset, mode);
    }

    /// <summary>Bags in rows; for sums and means rows of padding are 0 already.</summary>
    private static Tensor InRows(Tensor rows, Tensor? counts, EmbeddingBagMode mode)
    {
        if (mode == EmbeddingBagMode.Max)
        {
            return Largest(rows, counts);
        }

        Tensor sum = rows.Sum(1);
        if (mode == EmbeddingBagMode.Sum)
        {
            return sum;
        }

        return counts is null ? sum / Math.Max(1, rows.Size(1)) : sum / counts.Sum(1).Clamp(1, null);
    }

    /// <summary>The largest entries of each bag [B, N, dim], where <paramref name="counts"/> is not 0.</summary>
    private static Tensor Largest(Tensor rows, Tensor? counts)
    {
        if (rows.Size(1) == 0)
        {
            return rows.Sum(1);
        }

        if (counts is null)
        {
            return rows.Max(1).Values;
        }

        Tensor any = counts.Amax(1).Gt(0);
        Tensor largest = Tensor.Where(counts.Gt(0), rows, double.NegativeInfinity).Max(1).Values;
        return Tensor.Where(any, largest, 0);
    }

    /// <summary>Sums and means by offsets; rows of padding are 0 already.</summary>
    private static Tensor SumByOffsets(
        Tensor rows, Tensor? counts, Tensor offsets, bool includeLastOffset, EmbeddingBagMode mode)
    {
        int count = rows.Size(0), bags = Bags(offsets, includeLastOffset);
        Tensor starts = offsets.Narrow(0, 0, bags);
        Tensor sum = Tensor.Zeros([bags, rows.Size(1)], rows.DType, rows.Device);
        if (bags == 0 || count == 0)
        {
            return sum + rows.Sum() * 0;
        }

        Tensor bag;
        using (Tensor.Unrecorded())
        {
            // How many bags have begun by each place, empty ones behind the last place apart.
            Tensor begun = Tensor.Zeros([count + 1], DType.Int64, rows.Device)
                .ScatterAddInPlace(0, starts, Tensor.Ones([bags], DType.Int64, rows.Device));
            bag = begun.CumSum(0).Narrow(0, 0, count) - 1;
        }

        sum = sum.IndexAdd(0, bag, rows);
        if (mode == EmbeddingBagMode.Sum)
        {
            return sum;
        }

        using (Tensor.Unrecorded())
        {
            counts = Tensor.Zeros([bags, 1], rows.DType, rows.Device).IndexAdd(
                0, bag, counts ?? Tensor.Ones([count, 1], rows.DType, rows.Device)).Clamp(1, null);
        }

        return sum / counts;
    }

    private static Tensor LargestByOffsets(Tensor rows, Tensor? counts, Tensor offsets, bool includeLastOffset)
    {
        int count = rows.Size(0), bags = Bags(offsets, includeLastOffset);
        long[] starts = [.. offsets.ToArray<long>()[..bags], count];
        int most = bags == 0 ? 0 : checked((int)Enumerable.Range(0, bags).Max(b => starts[b + 1] - starts[b]));
        long[] places = new long[(long)bags * most];
        double[] stands = new double[places.Length];
        for (int b = 0; b < bags; b++)
        {
            for (long i = starts[b]; i < starts[b + 1]; i++)
            {
                long at = b * most + i - starts[b];
                (places[at], stands[at]) = (i, 1);
            }
        }

        if (most == 0)
        {
            return Tensor.Zeros([bags, rows.Size(1)], rows.DType, rows.Device) + rows.Sum() * 0;
        }

        Tensor index = Tensor.From<long>(places, [bags, most], rows.Device);
        Tensor seen = Tensor.From<double>(stands, [bags, most, 1], rows.Device).To(rows.DType);
        seen = counts is null ? seen : seen * Tensor.Embedding(index, counts);
        return Largest(Tensor.Embedding(index, rows), seen);
    }

    private static int Bags(Tensor offsets, bool includeLastOffset) =>
        offsets.Size(0) - (includeLastOffset ? 1 : 0);

    /// <summary>Offsets that begin at 0, ascend and stay inside the input.</summary>
    private static Tensor CheckedOffsets(Tensor offsets, int count, bool includeLastOffset)
    {
        offsets = offsets.To(DType.Int64);
        if (offsets.Size(0) == 0)
        {
            return includeLastOffset
                ? throw new ArgumentException(
                    "EmbeddingBag: with includeLastOffset there is at least one offset, the end of the last bag.",
                    nameof(offsets))
                : offsets;
        }

        StepRecording.Look(offsets, values =>
        {
            long[] numbers = values.ToArray<long>();
            for (int b = 0; b < numbers.Length; b++)
            {
                if (numbers[b] < (b == 0 ? 0 : numbers[b - 1]) || numbers[b] > count || (b == 0 && numbers[b] != 0))
                {
                    throw new ArgumentOutOfRangeException(
                        nameof(offsets), numbers[b],
                        $"EmbeddingBag: offset {numbers[b]} of bag {b}; offsets begin at 0, ascend, and stay within "
                            + $"the {count} numbers of the input.");
                }
            }

            if (includeLastOffset && numbers[^1] != count)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(offsets), numbers[^1],
                    $"EmbeddingBag: with includeLastOffset the last offset, {numbers[^1]}, is the end of the last bag "
                        + $"and must be {count}, the length of the input; shorten the input to leave numbers out.");
            }

            return true;
        });
        return offsets;
    }

    private static void CheckBags(
        Tensor input, Tensor? offsets, EmbeddingBagMode mode, Tensor? perSampleWeights, bool scaleGradByFreq)
    {
        if (input.Rank != (offsets is null ? 2 : 1) || offsets is { Rank: not 1 })
        {
            throw new ArgumentException(
                $"EmbeddingBag: the input is [B, N] with a bag in each row, or [M] with offsets [B]; input "
                    + $"{input.Shape}, offsets {(offsets is null ? "none" : offsets.Shape)}.", nameof(input));
        }

        if (offsets is not null && offsets.DType is not (DType.Int64 or DType.Int32))
        {
            throw new ArgumentException(
                $"EmbeddingBag: offsets are int64 or int32, not {offsets.DType.DisplayName()}.", nameof(offsets));
        }

        if (perSampleWeights is not null
            && (mode != EmbeddingBagMode.Sum || perSampleWeights.Shape != input.Shape
                || !perSampleWeights.DType.IsFloatingPoint()))
        {
            throw new ArgumentException(
                $"EmbeddingBag: weights are for sums, one for each number of the input {input.Shape}; the mode is "
                    + $"{mode} and the weights are {perSampleWeights.Shape}.", nameof(perSampleWeights));
        }

        if (scaleGradByFreq && mode == EmbeddingBagMode.Max)
        {
            throw new ArgumentException(
                "EmbeddingBag: gradients of the largest entries are not scaled by frequency; use sum or mean.",
                nameof(scaleGradByFreq));
        }
    }
}
