namespace Autodiff.Nn;

/// <summary>How <see cref="EmbeddingBag"/> combines the vectors of a bag.</summary>
public enum EmbeddingBagMode
{
    /// <summary>Their sum, weighted where weights are given.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The largest of each entry.</summary>
    Max,
}

/// <summary>
/// A table of vectors, of which each bag of numbers gets the sum, the mean or the largest entries. A bag without
/// vectors gets zeros.
/// </summary>
/// <remarks>Initial values as PyTorch's: standard normal, and zeros in the row of padding.</remarks>
public class EmbeddingBag : Module
{
    /// <inheritdoc cref="Embedding(int, int, int?, double?, double, bool, DType, Device, Generator)"
    /// path="//summary|//param[@name != 'paddingIndex']|//exception"/>
    /// <param name="mode">How the vectors of a bag are combined.</param>
    /// <param name="includeLastOffset">Whether the offsets have the end of the last bag, too.</param>
    /// <param name="paddingIndex">A row that starts as zeros and does not count in a bag.</param>
    public EmbeddingBag(
        int numEmbeddings, int embeddingDim, double? maxNorm = null, double normType = 2, bool scaleGradByFreq = false,
        EmbeddingBagMode mode = EmbeddingBagMode.Mean, bool includeLastOffset = false, int? paddingIndex = null,
        DType type = DType.Float32, Device? device = null, Generator? generator = null)
        : this(
            Tensor.Empty([numEmbeddings, embeddingDim], type, device), maxNorm, normType, scaleGradByFreq, mode,
            includeLastOffset, paddingIndex)
    {
        ResetParameters(generator);
    }

    private EmbeddingBag(
        Tensor table, double? maxNorm, double normType, bool scaleGradByFreq, EmbeddingBagMode mode,
        bool includeLastOffset, int? paddingIndex)
    {
        PaddingIndex = EmbeddingTable.Padding(nameof(EmbeddingBag), table, paddingIndex);
        (MaxNorm, NormType, ScaleGradByFreq) = (maxNorm, normType, scaleGradByFreq);
        (Mode, IncludeLastOffset) = (mode, includeLastOffset);
        Weight = RegisterParameter("weight", table);
    }

    /// <summary>How many vectors there are.</summary>
    public int NumEmbeddings => Weight.Size(0);

    /// <summary>How long each is.</summary>
    public int EmbeddingDim => Weight.Size(1);

    /// <summary>The largest norm of a vector that is looked up, or null.</summary>
    public double? MaxNorm { get; }

    /// <summary>p of that norm.</summary>
    public double NormType { get; }

    /// <summary>Whether the gradient of a row is divided by how often it was looked up.</summary>
    public bool ScaleGradByFreq { get; }

    /// <summary>How the vectors of a bag are combined.</summary>
    public EmbeddingBagMode Mode { get; }

    /// <summary>Whether the offsets have the end of the last bag, too.</summary>
    public bool IncludeLastOffset { get; }

    /// <summary>The row of padding, or null.</summary>
    public int? PaddingIndex { get; }

    /// <summary>The table, [vectors, dim].</summary>
    public Tensor Weight { get; }

    protected override string Settings =>
        $"{NumEmbeddings}, {EmbeddingDim}{EmbeddingTable.Settings(null, MaxNorm, NormType, ScaleGradByFreq)}"
            + $", mode={ModeName}{(PaddingIndex is { } row ? $", padding_idx={row}" : "")}";

    private string ModeName => Mode switch
    {
        EmbeddingBagMode.Sum => "sum",
        EmbeddingBagMode.Mean => "mean",
        _ => "max",
    };

    /// <inheritdoc cref="Embedding.FromPretrained" path="//summary|//param[@name != 'paddingIndex']|//exception"/>
    /// <param name="mode">How the vectors of a bag are combined.</param>
    /// <param name="includeLastOffset">Whether the offsets have the end of the last bag, too.</param>
    /// <param name="paddingIndex">A row that does not count in a bag; its values stay.</param>
    public static EmbeddingBag FromPretrained(
        Tensor embeddings, bool freeze = true, double? maxNorm = null, double normType = 2,
        bool scaleGradByFreq = false, EmbeddingBagMode mode = EmbeddingBagMode.Mean, bool includeLastOffset = false,
        int? paddingIndex = null)
    {
        EmbeddingBag layer = new(
            EmbeddingTable.Given(nameof(EmbeddingBag), embeddings), maxNorm, normType, scaleGradByFreq, mode,
            includeLastOffset, paddingIndex);
        layer.Weight.RequiresGrad = !freeze;
        return layer;
    }

    /// <summary>Draws new initial values.</summary>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public void ResetParameters(Generator? generator = null) => EmbeddingTable.Reset(Weight, PaddingIndex, generator);

    /// <inheritdoc/>
    /// <param name="x">[B, N] row numbers, a bag in each row.</param>
    /// <returns>[B, dim].</returns>
    public override Tensor Forward(Tensor x) => Forward(x, null);

    /// <inheritdoc cref="Functional.EmbeddingBag"/>
    public Tensor Forward(Tensor input, Tensor? offsets, Tensor? perSampleWeights = null) => Functional.EmbeddingBag(
        input, Weight, offsets, MaxNorm, NormType, ScaleGradByFreq, Mode, perSampleWeights, IncludeLastOffset,
        PaddingIndex);
}
