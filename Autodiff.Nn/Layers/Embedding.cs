namespace Autodiff.Nn;

/// <summary>A table of vectors, looked up by number: int64 [...] gives [..., dim].</summary>
/// <remarks>Initial values as PyTorch's: standard normal, and zeros in the row of padding.</remarks>
public class Embedding : Module
{
    /// <summary>Makes a table with random vectors.</summary>
    /// <param name="numEmbeddings">How many vectors.</param>
    /// <param name="embeddingDim">How long each is.</param>
    /// <param name="paddingIndex">A row that starts as zeros and gets no gradient.</param>
    /// <param name="maxNorm">Before a vector is looked up it is shortened in the table to this norm, if it is longer;
    /// null for no limit.</param>
    /// <param name="normType">p of the norm (Σ |x|^p)^(1/p).</param>
    /// <param name="scaleGradByFreq">Whether the gradient of a row is divided by how often it was looked up.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the table is.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no row <paramref name="paddingIndex"/>.</exception>
    public Embedding(
        int numEmbeddings, int embeddingDim, int? paddingIndex = null, double? maxNorm = null, double normType = 2,
        bool scaleGradByFreq = false, DType type = DType.Float32, Device? device = null, Generator? generator = null)
        : this(
            Tensor.Empty([numEmbeddings, embeddingDim], type, device), paddingIndex, maxNorm, normType, scaleGradByFreq)
    {
        ResetParameters(generator);
    }

    private Embedding(Tensor table, int? paddingIndex, double? maxNorm, double normType, bool scaleGradByFreq)
    {
        PaddingIndex = EmbeddingTable.Padding(nameof(Embedding), table, paddingIndex);
        (MaxNorm, NormType, ScaleGradByFreq) = (maxNorm, normType, scaleGradByFreq);
        Weight = RegisterParameter("weight", table);
    }

    /// <summary>How many vectors there are.</summary>
    public int NumEmbeddings => Weight.Size(0);

    /// <summary>How long each is.</summary>
    public int EmbeddingDim => Weight.Size(1);

    /// <summary>The row of padding, or null.</summary>
    public int? PaddingIndex { get; }

    /// <summary>The largest norm of a vector that is looked up, or null.</summary>
    public double? MaxNorm { get; }

    /// <summary>p of that norm.</summary>
    public double NormType { get; }

    /// <summary>Whether the gradient of a row is divided by how often it was looked up.</summary>
    public bool ScaleGradByFreq { get; }

    /// <summary>The table, [vectors, dim].</summary>
    public Tensor Weight { get; }

    protected override string Settings =>
        $"{NumEmbeddings}, {EmbeddingDim}"
            + EmbeddingTable.Settings(PaddingIndex, MaxNorm, NormType, ScaleGradByFreq);

    /// <summary>A layer with the vectors of a table.</summary>
    /// <param name="embeddings">The table, [vectors, dim], which the layer then shares.</param>
    /// <param name="freeze">Whether it is not learned.</param>
    /// <param name="paddingIndex">A row that gets no gradient; its values stay.</param>
    /// <param name="maxNorm">The largest norm of a vector that is looked up, or null.</param>
    /// <param name="normType">p of that norm.</param>
    /// <param name="scaleGradByFreq">Whether the gradient of a row is divided by how often it was looked up.</param>
    /// <exception cref="ArgumentException">The table is not a matrix of a floating type.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no row <paramref name="paddingIndex"/>.</exception>
    public static Embedding FromPretrained(
        Tensor embeddings, bool freeze = true, int? paddingIndex = null, double? maxNorm = null, double normType = 2,
        bool scaleGradByFreq = false)
    {
        Embedding layer = new(
            EmbeddingTable.Given(nameof(Embedding), embeddings), paddingIndex, maxNorm, normType, scaleGradByFreq);
        layer.Weight.RequiresGrad = !freeze;
        return layer;
    }

    /// <summary>Draws new initial values.</summary>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public void ResetParameters(Generator? generator = null) => EmbeddingTable.Reset(Weight, PaddingIndex, generator);

    /// <inheritdoc/>
    /// <param name="x">Row numbers of an integer type, any shape.</param>
    /// <returns>[..., dim].</returns>
    public override Tensor Forward(Tensor x) =>
        Functional.Embedding(x, Weight, PaddingIndex, MaxNorm, NormType, ScaleGradByFreq);
}

public static partial class Functional
{
    /// <summary>The rows of a table: int64 [...] gives [..., dim].</summary>
    /// <param name="input">Row numbers of an integer type, any shape.</param>
    /// <param name="weight">The table, [vectors, dim].</param>
    /// <param name="paddingIndex">A row that gets no gradient, or null.</param>
    /// <param name="maxNorm">Rows that are looked up and longer than this are shortened to it in the table itself,
    /// unrecorded; null for no limit.</param>
    /// <param name="normType">p of the norm (Σ |x|^p)^(1/p).</param>
    /// <param name="scaleGradByFreq">Whether the gradient of a row is divided by how often it was looked up.</param>
    /// <returns>[..., dim].</returns>
    /// <exception cref="ArgumentException">The table is not a matrix, or the row numbers are not integers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public static Tensor Embedding(
        Tensor input, Tensor weight, int? paddingIndex = null, double? maxNorm = null, double normType = 2,
        bool scaleGradByFreq = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        if (maxNorm is { } limit)
        {
            EmbeddingTable.Shorten(input, weight, paddingIndex, limit, normType);
        }

        Tensor rows = Tensor.Embedding(input, weight, paddingIndex);
        return scaleGradByFreq ? rows.GradientTimes(EmbeddingTable.InverseCounts(input, weight)) : rows;
    }
}
