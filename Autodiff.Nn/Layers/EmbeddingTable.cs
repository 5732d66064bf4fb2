namespace Autodiff.Nn;

/// <summary>What <see cref="Embedding"/> and <see cref="EmbeddingBag"/> do with their table.</summary>
internal static class EmbeddingTable
{
    /// <summary>The row of padding, counted from the first.</summary>
    public static int? Padding(string layer, Tensor table, int? paddingIndex)
    {
        int size = table.Size(0);
        return paddingIndex is { } row && (row < -size || row >= size)
            ? throw new ArgumentOutOfRangeException(nameof(paddingIndex), row,
                $"{layer}: there is no row {row} among {size}.")
            : paddingIndex < 0 ? paddingIndex + size : paddingIndex;
    }

    /// <summary>A table that was given, as a leaf.</summary>
    public static Tensor Given(string layer, Tensor embeddings)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        return embeddings.Rank == 2 && embeddings.DType.IsFloatingPoint()
            ? embeddings.Detach()
            : throw new ArgumentException(
                $"{layer}: the table must be a matrix [vectors, dim] of a floating type; it is {embeddings.Shape} of "
                    + $"{embeddings.DType.DisplayName()}.", nameof(embeddings));
    }

    /// <summary>Standard normal numbers, and zeros in the row of padding.</summary>
    public static void Reset(Tensor weight, int? paddingIndex, Generator? generator)
    {
        Init.Normal(weight, generator: generator);
        if (paddingIndex is { } row)
        {
            using (Tensor.Unrecorded())
            {
                weight.Select(0, row).Zero();
            }
        }
    }

    /// <summary>The settings as PyTorch prints them.</summary>
    public static string Settings(int? paddingIndex, double? maxNorm, double normType, bool scaleGradByFreq) =>
        (paddingIndex is { } row ? $", padding_idx={row}" : "")
            + (maxNorm is { } limit ? $", max_norm={Format.Number(limit)}" : "")
            + (normType != 2 ? $", norm_type={Format.Number(normType)}" : "")
            + (scaleGradByFreq ? ", scale_grad_by_freq=True" : "");

    /// <summary>Rows at these numbers that are longer than <paramref name="maxNorm"/> are shortened to it, in place:
    /// after all that the look-up would refuse.</summary>
    public static void Shorten(Tensor input, Tensor weight, int? paddingIndex, double maxNorm, double normType)
    {
        using (Tensor.Unrecorded())
        {
            if (input.ElementCount == 0)
            {
                return;
            }

            Tensor at = input.Reshape(-1), rows = Tensor.Embedding(at, weight.Detach(), paddingIndex);
            Tensor norms = rows.Norm(normType, [1], keepDim: true);

            // PyTorch's guard against a quotient above 1
            Tensor factors = Tensor.Where(norms.Gt(maxNorm), maxNorm / (norms + 1e-7), 1);
            weight.IndexCopyInPlace(0, at, rows * factors);
        }
    }

    /// <summary>For each row number, one over how often it stands there: [..., 1].</summary>
    public static Tensor InverseCounts(Tensor input, Tensor weight)
    {
        using (Tensor.Unrecorded())
        {
            Tensor at = input.To(DType.Int64).Reshape(-1);
            Tensor counts = Tensor.Zeros([weight.Size(0)], weight.DType, weight.Device)
                .ScatterAddInPlace(0, at, Tensor.Ones(at.Shape, weight.DType, weight.Device));
            return (1 / counts.Gather(0, at)).Reshape([.. input.Shape.ToArray(), 1]);
        }
    }
}
