using Autodiff.Nn;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Reference;

/// <summary>Layers and losses.</summary>
public static partial class ReferenceOperations
{
    static partial void Nn(Registry add)
    {
        add.Add("nn.functional.mse_loss", a => F.MSELoss(a.T(0), a.T(1), ReductionOf(a)));
        add.Add("nn.functional.l1_loss", a => F.L1Loss(a.T(0), a.T(1), ReductionOf(a)));
        add.Add("nn.functional.smooth_l1_loss",
            a => F.SmoothL1Loss(a.T(0), a.T(1), ReductionOf(a), a.Double(-1, "beta", 1)));
        add.Add("nn.functional.huber_loss", a => F.HuberLoss(a.T(0), a.T(1), ReductionOf(a), a.Double(-1, "delta", 1)));
        add.Add("nn.functional.binary_cross_entropy",
            a => F.BCELoss(a.T(0), a.T(1), ReductionOf(a), a.OptionalTensor(-1, "weight")));
        add.Add("nn.functional.binary_cross_entropy_with_logits",
            a =>
                F.BCEWithLogitsLoss(a.T(0), a.T(1), ReductionOf(a), a.OptionalTensor(-1, "weight"),
                    a.OptionalTensor(-1, "pos_weight")));
        add.Add("nn.functional.cross_entropy", a => F.CrossEntropyLoss(
            a.T(0), a.T(1), ReductionOf(a), a.OptionalTensor(-1, "weight"), a.Int(-1, "ignore_index", -100),
            a.Double(-1, "label_smoothing")));
        add.Add("nn.functional.nll_loss",
            a =>
                F.NLLLoss(a.T(0), a.T(1), ReductionOf(a), a.OptionalTensor(-1, "weight"),
                    a.Int(-1, "ignore_index", -100)));
        add.Add("nn.functional.kl_div", a => F.KLDivLoss(a.T(0), a.T(1), ReductionOf(a), a.Bool(-1, "log_target")));
        add.Add("nn.functional.soft_margin_loss", a => F.SoftMarginLoss(a.T(0), a.T(1), ReductionOf(a)));
        add.Add("nn.functional.hinge_embedding_loss",
            a => F.HingeEmbeddingLoss(a.T(0), a.T(1), ReductionOf(a), a.Double(-1, "margin", 1)));
        add.Add("nn.functional.margin_ranking_loss",
            a => F.MarginRankingLoss(a.T(0), a.T(1), a.T(2), a.Double(-1, "margin"), ReductionOf(a)));
        add.Add("nn.functional.cosine_embedding_loss",
            a => F.CosineEmbeddingLoss(a.T(0), a.T(1), a.T(2), a.Double(-1, "margin"), ReductionOf(a)));
        add.Add("nn.functional.triplet_margin_loss", a => F.TripletMarginLoss(
            a.T(0), a.T(1), a.T(2), a.Double(-1, "margin", 1), swap: a.Bool(-1, "swap"), reduction: ReductionOf(a)));
        add.Add("nn.functional.poisson_nll_loss", a => F.PoissonNLLLoss(
            a.T(0), a.T(1), ReductionOf(a), a.Bool(-1, "log_input", true), a.Bool(-1, "full"),
            a.Double(-1, "eps", 1e-8)));

        // PyTorch broadcasts the target here; a loss of ours wants it said.
        add.Add("nn.functional.gaussian_nll_loss", a => F.GaussianNLLLoss(
            a.T(0), a.T(1).ExpandAs(a.T(0)), a.T(2), ReductionOf(a), a.Bool(-1, "full"), a.Double(-1, "eps", 1e-6)));

        add.Add("nn.functional.bilinear", a => F.Bilinear(a.T(0), a.T(1), a.T(2), a.OptionalTensor(3, "bias")));
        add.Add("nn.functional.layer_norm",
            a =>
                F.LayerNorm(a.T(0), a.Ints(1), a.OptionalTensor(2, "weight"), a.OptionalTensor(3, "bias"),
                    a.Double(4, "eps", 1e-5)));
        add.Add("nn.functional.group_norm",
            a =>
                F.GroupNorm(a.T(0), a.Int(1), a.OptionalTensor(2, "weight"), a.OptionalTensor(3, "bias"),
                    a.Double(4, "eps", 1e-5)));
        foreach (string variant in new[] { "", "/without_cudnn" })
        {
            add.Add("nn.functional.batch_norm" + variant, a => F.BatchNorm(
                a.T(0), a.T(1), a.T(2), a.OptionalTensor(3, "weight"), a.OptionalTensor(4, "bias"),
                a.Bool(-1, "training"), a.Double(-1, "momentum", 0.1),
                a.Double(-1, "eps", 1e-5)));
        }

        add.Add("nn.functional.normalize", a => F.Normalize(a.T(0), a.Double(-1, "p", 2), a.Int(-1, "dim", 1)));
        add.Add("nn.functional.cosine_similarity",
            a => F.CosineSimilarity(a.T(0), a.T(1), a.Int(-1, "dim", 1), a.Double(-1, "eps", 1e-8)));
        add.Add("nn.functional.pairwise_distance",
            a =>
                F.PairwiseDistance(a.T(0), a.T(1), a.Double(-1, "p", 2), a.Double(-1, "eps", 1e-6),
                    a.Bool(-1, "keepdim")));
    }

    private static Reduction ReductionOf(ReferenceArguments a) => a.String(-1, "reduction", "mean") switch
    {
        "none" => Reduction.None,
        "sum" => Reduction.Sum,
        "batchmean" => Reduction.BatchMean,
        _ => Reduction.Mean,
    };
}
