namespace Autodiff.Nn;

/// <summary>
/// Attention with several heads: y = [head₁ ... headₕ] Wₒᵀ + bₒ, where head i attends with its own slices of the
/// projections q Wqᵀ + bq, k Wkᵀ + bk and v Wvᵀ + bv (Vaswani et al., "Attention is all you need", 2017).
/// </summary>
/// <remarks>
/// Names of parameters, initial values and their order are PyTorch's. In the masks of this layer and of those made of
/// it, true means that a key is <i>not</i> seen, as in PyTorch; in
/// <see cref="Functional.ScaledDotProductAttention"/> it is the other way round, as there.
/// </remarks>
public class MultiheadAttention : Module
{
    /// <summary>Makes the layer with random weights.</summary>
    /// <param name="embedDim">E, the features of a query and of the result.</param>
    /// <param name="numHeads">How many heads, which share E equally.</param>
    /// <param name="dropout">The probability to drop a weight in training, in [0, 1].</param>
    /// <param name="bias">Whether the projections have biases.</param>
    /// <param name="addBiasKv">Whether a learned key and a learned value follow those of the input.</param>
    /// <param name="addZeroAttn">Whether a key and a value of zeros follow them.</param>
    /// <param name="kdim">The features of a key; E if null.</param>
    /// <param name="vdim">The features of a value; E if null.</param>
    /// <param name="batchFirst">Whether tensors are [N, L, E] and not [L, N, E].</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values and of dropout; <see cref="TorchGenerator.Default"/> if
    /// null.</param>
    /// <exception cref="ArgumentException">The heads do not divide E, or a size is not positive.</exception>
    public MultiheadAttention(
        int embedDim, int numHeads, double dropout = 0, bool bias = true, bool addBiasKv = false,
        bool addZeroAttn = false, int? kdim = null, int? vdim = null, bool batchFirst = false,
        DType type = DType.Float32, Device? device = null, Generator? generator = null)
    {
        Functional.RequireProbability(nameof(MultiheadAttention), dropout);
        if (embedDim <= 0 || numHeads <= 0 || embedDim % numHeads != 0)
        {
            throw new ArgumentException(
                $"MultiheadAttention: {numHeads} heads cannot share {embedDim} features equally; embedDim must be a "
                    + "positive multiple of numHeads.", nameof(numHeads));
        }

        (EmbedDim, NumHeads, Dropout, AddZeroAttn, BatchFirst) = (embedDim, numHeads, dropout, addZeroAttn, batchFirst);
        (KDim, VDim, DropoutGenerator) = (kdim ?? embedDim, vdim ?? embedDim, generator);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(KDim, nameof(kdim));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(VDim, nameof(vdim));
        if (KDim == embedDim && VDim == embedDim)
        {
            InProjWeight = RegisterParameter("in_proj_weight", Tensor.Empty([3 * embedDim, embedDim], type, device));
        }
        else
        {
            QProjWeight = RegisterParameter("q_proj_weight", Tensor.Empty([embedDim, embedDim], type, device));
            KProjWeight = RegisterParameter("k_proj_weight", Tensor.Empty([embedDim, KDim], type, device));
            VProjWeight = RegisterParameter("v_proj_weight", Tensor.Empty([embedDim, VDim], type, device));
        }

        InProjBias = bias ? RegisterParameter("in_proj_bias", Tensor.Zeros([3 * embedDim], type, device)) : null;
        OutProj = RegisterModule(
            "out_proj", new Linear(embedDim, embedDim, bias, type, device, generator));
        if (addBiasKv)
        {
            BiasK = RegisterParameter("bias_k", Tensor.Empty([1, 1, embedDim], type, device));
            BiasV = RegisterParameter("bias_v", Tensor.Empty([1, 1, embedDim], type, device));
        }

        ResetProjections(generator);
    }

    /// <summary>E, the features of a query and of the result.</summary>
    public int EmbedDim { get; }

    /// <summary>How many heads there are.</summary>
    public int NumHeads { get; }

    /// <summary>The probability to drop a weight in training.</summary>
    public double Dropout { get; }

    /// <summary>Whether a key and a value of zeros follow those of the input.</summary>
    public bool AddZeroAttn { get; }

    /// <summary>The features of a key.</summary>
    public int KDim { get; }

    /// <summary>The features of a value.</summary>
    public int VDim { get; }

    /// <summary>Whether tensors are [N, L, E] and not [L, N, E].</summary>
    public bool BatchFirst { get; }

    /// <summary>Wq, Wk and Wv one below the other, [3 E, E]; null where keys or values have other features.</summary>
    public Tensor? InProjWeight { get; }

    /// <summary>Wq, [E, E], where the three do not stand together.</summary>
    public Tensor? QProjWeight { get; }

    /// <summary>Wk, [E, kdim], where the three do not stand together.</summary>
    public Tensor? KProjWeight { get; }

    /// <summary>Wv, [E, vdim], where the three do not stand together.</summary>
    public Tensor? VProjWeight { get; }

    /// <summary>bq, bk and bv, [3 E], or null.</summary>
    public Tensor? InProjBias { get; }

    /// <summary>The map from all heads to the result.</summary>
    public Linear OutProj { get; }

    /// <summary>The learned key, [1, 1, E], or null.</summary>
    public Tensor? BiasK { get; }

    /// <summary>The learned value, [1, 1, E], or null.</summary>
    public Tensor? BiasV { get; }

    /// <summary>The source of what is dropped; the default one if null.</summary>
    internal Generator? DropoutGenerator { get; init; }

    /// <summary>Draws new initial values: Glorot's for the projections, zeros for their biases.</summary>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public void ResetParameters(Generator? generator = null)
    {
        OutProj.ResetParameters(generator);
        ResetProjections(generator);
    }

    /// <summary>Self-attention: queries, keys and values of one sequence, without masks.</summary>
    /// <param name="x">[L, N, E], or [N, L, E] with <see cref="BatchFirst"/>, or [L, E].</param>
    public override Tensor Forward(Tensor x) => Forward(x, x, x, needWeights: false).Output;

    /// <summary>What each query takes from the values.</summary>
    /// <param name="query">[L, N, E], or [N, L, E] with <see cref="BatchFirst"/>, or [L, E] without a batch.</param>
    /// <param name="key">[S, N, kdim], and so on.</param>
    /// <param name="value">[S, N, vdim], and so on.</param>
    /// <param name="keyPaddingMask">[N, S], or [S] without a batch: bool, true where a key is padding and not seen; or
    /// numbers that are added to its scores.</param>
    /// <param name="needWeights">Whether the weights are returned: then all of them are computed, L · S for each head,
    /// and without them attention goes in blocks.</param>
    /// <param name="attnMask">[L, S] or [N · heads, L, S]: bool, true where a query does not see a key; or numbers that
    /// are added to the scores.</param>
    /// <param name="averageAttnWeights">Whether the weights are averaged over the heads.</param>
    /// <param name="isCausal">Says that <paramref name="attnMask"/> is the causal mask, which then need not be read;
    /// without a mask, applies that mask.</param>
    /// <returns>The result, shaped as the query; the weights, [N, L, S], or [N, heads, L, S] if not averaged, without
    /// N where there is no batch; null if not needed. A query that sees no key gives zeros before the last
    /// projection.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public (Tensor Output, Tensor? Weights) Forward(
        Tensor query, Tensor key, Tensor value, Tensor? keyPaddingMask = null, bool needWeights = true,
        Tensor? attnMask = null, bool averageAttnWeights = true, bool isCausal = false)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        MultiheadShapes.Check(this, query, key, value);
        bool hasBatch = query.Rank == 3, isSelf = ReferenceEquals(query, key) && ReferenceEquals(key, value);
        Tensor q = LengthFirst(query), k = isSelf ? q : LengthFirst(key), v = isSelf ? q : LengthFirst(value);
        (int l, int n) = (q.Size(0), q.Size(1));
        (q, k, v) = Projected(q, k, v, isSelf);
        int s = k.Size(0), extra = 0;
        if (BiasK is not null)
        {
            k = Tensor.Cat([k, BiasK.Expand(1, n, EmbedDim)], 0);
            v = Tensor.Cat([v, BiasV!.Expand(1, n, EmbedDim)], 0);
            extra++;
        }

        (q, k, v) = (Heads(q), Heads(k), Heads(v));
        if (AddZeroAttn)
        {
            Tensor zeros = Tensor.Zeros([n, NumHeads, 1, EmbedDim / NumHeads], k.DType, k.Device);
            (k, v) = (Tensor.Cat([k, zeros], 2), Tensor.Cat([v, zeros], 2));
            extra++;
        }

        MultiheadMasks masks = new(n, NumHeads, l, s, extra, q.DType, q.Device, hasBatch);
        bool byPosition = isCausal && keyPaddingMask is null && extra == 0 && !needWeights;
        Tensor? mask = byPosition ? null : masks.Of(keyPaddingMask, attnMask, isCausal);
        double p = IsTraining ? Dropout : 0, scale = 1 / Math.Sqrt(EmbedDim / NumHeads);
        Tensor y;
        Tensor? weights = null;
        if (needWeights)
        {
            (y, weights) = Tensor.AttentionWithWeights(
                q, k, v, mask, new(scale, false, p, DropoutGenerator ?? TorchGenerator.Default));
            weights = averageAttnWeights ? weights.Mean(1) : weights;
            weights = hasBatch ? weights : weights.Squeeze(0);
        }
        else
        {
            y = Tensor.Attention(q, k, v, mask, new(scale, byPosition, p, DropoutGenerator ?? TorchGenerator.Default));
        }

        y = OutProj.Forward(y.Permute(2, 0, 1, 3).Reshape(l, n, EmbedDim));
        return (!hasBatch ? y.Squeeze(1) : BatchFirst ? y.Transpose(0, 1) : y, weights);
    }

    private void ResetProjections(Generator? generator)
    {
        foreach (Tensor? weight in new[] { InProjWeight, QProjWeight, KProjWeight, VProjWeight })
        {
            if (weight is not null)
            {
                Init.XavierUniform(weight, generator: generator);
            }
        }

        if (InProjBias is not null)
        {
            Init.Zeros(InProjBias);
            Init.Zeros(OutProj.Bias!);
        }

        if (BiasK is not null)
        {
            Init.XavierNormal(BiasK, generator: generator);
            Init.XavierNormal(BiasV!, generator: generator);
        }
    }

    private Tensor LengthFirst(Tensor x) => x.Rank == 2 ? x.Unsqueeze(1) : BatchFirst ? x.Transpose(0, 1) : x;

    private Tensor Heads(Tensor x) =>
        x.Reshape(x.Size(0), x.Size(1), NumHeads, EmbedDim / NumHeads).Permute(1, 2, 0, 3);

    private (Tensor Q, Tensor K, Tensor V) Projected(Tensor q, Tensor k, Tensor v, bool isSelf)
    {
        int e = EmbedDim;
        if (isSelf && InProjWeight is not null)
        {
            Tensor all = q.Linear(InProjWeight, InProjBias);
            return (all.Narrow(2, 0, e), all.Narrow(2, e, e), all.Narrow(2, 2 * e, e));
        }

        return (Part(q, QProjWeight, 0), Part(k, KProjWeight, 1), Part(v, VProjWeight, 2));

        Tensor Part(Tensor x, Tensor? own, int third) =>
            x.Linear(own ?? InProjWeight!.Narrow(0, third * e, e), InProjBias?.Narrow(0, third * e, e));
    }
}
