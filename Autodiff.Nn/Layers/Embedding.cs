namespace Autodiff.Nn;

/// <summary>A table of vectors, looked up by number: int64 [...] gives [..., dim].</summary>
/// <remarks>Initial values as PyTorch's: standard normal, and zeros in the row of padding.</remarks>
public class Embedding : Module
{
    /// <summary>Makes a table with random vectors.</summary>
    /// <param name="numEmbeddings">How many vectors.</param>
    /// <param name="embeddingDim">How long each is.</param>
    /// <param name="paddingIndex">A row that starts as zeros and gets no gradient.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the table is.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no row <paramref name="paddingIndex"/>.</exception>
    public Embedding(
        int numEmbeddings, int embeddingDim, int? paddingIndex = null, DType type = DType.Float32,
        Device? device = null, Generator? generator = null)
    {
        if (paddingIndex is { } row && (row < -numEmbeddings || row >= numEmbeddings))
        {
            throw new ArgumentOutOfRangeException(nameof(paddingIndex), row,
                $"Embedding: there is no row {row} among {numEmbeddings}.");
        }

        NumEmbeddings = numEmbeddings;
        EmbeddingDim = embeddingDim;
        PaddingIndex = paddingIndex < 0 ? paddingIndex + numEmbeddings : paddingIndex;
        Weight = RegisterParameter("weight", Tensor.Empty([numEmbeddings, embeddingDim], type, device));
        ResetParameters(generator);
    }

    /// <summary>How many vectors there are.</summary>
    public int NumEmbeddings { get; }

    /// <summary>How long each is.</summary>
    public int EmbeddingDim { get; }

    /// <summary>The row of padding, or null.</summary>
    public int? PaddingIndex { get; }

    /// <summary>The table, [vectors, dim].</summary>
    public Tensor Weight { get; }

    /// <inheritdoc/>
    protected override string Settings =>
        $"{NumEmbeddings}, {EmbeddingDim}{(PaddingIndex is { } row ? $", padding_idx={row}" : "")}";

    /// <summary>Draws new initial values.</summary>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public void ResetParameters(Generator? generator = null)
    {
        Init.Normal(Weight, generator: generator);
        if (PaddingIndex is { } row)
        {
            using (Tensor.Unrecorded())
            {
                Weight.Select(0, row).Zero();
            }
        }
    }

    /// <inheritdoc/>
    /// <param name="x">Row numbers of an integer type, any shape.</param>
    /// <returns>[..., dim].</returns>
    public override Tensor Forward(Tensor x) => Tensor.Embedding(x, Weight, PaddingIndex);
}
