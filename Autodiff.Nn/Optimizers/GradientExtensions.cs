using Autodiff.Steps;

namespace Autodiff.Nn;

/// <summary>
/// What is done to gradients between Backward and an optimizer's step (PyTorch's <c>torch.nn.utils</c>):
/// <c>network.Parameters().ClipGradNorm(1)</c>.
/// </summary>
/// <remarks>
/// Nothing is recorded, and nothing is read on the host unless that is asked for, so a compiled step replays it. What
/// has no gradient is left out.
/// </remarks>
public static class GradientExtensions
{
    private const double Epsilon = 1e-6; // PyTorch's, so that a norm of 0 divides nothing by 0

    extension(IEnumerable<Tensor> parameters)
    {
        /// <summary>
        /// The norm of all gradients as one vector, (Σ |g|ᵖ)^(1/p): the norm of the gradients' norms
        /// (<c>get_total_norm</c>).
        /// </summary>
        /// <param name="p">The exponent, infinity among them; 2 is the length.</param>
        /// <returns>A scalar in the first gradient's type, on its device; 0 where there is no gradient.</returns>
        /// <exception cref="ArgumentOutOfRangeException">p is NaN.</exception>
        public Tensor GradNorm(double p = 2)
        {
            ArgumentNullException.ThrowIfNull(parameters);
            return NormOf(GradientsOf(parameters), p);
        }

        /// <summary>
        /// Scales all gradients in place so that their norm as one vector is at most <paramref name="maxNorm"/>:
        /// g = g · min(1, maxNorm / (norm + 1e-6)) (<c>clip_grad_norm_</c>; Pascanu, Mikolov and Bengio, "On the
        /// difficulty of training recurrent neural networks", 2013).
        /// </summary>
        /// <param name="maxNorm">The largest norm, at least 0.</param>
        /// <param name="p">The norm's exponent, infinity among them.</param>
        /// <param name="throwIfNotFinite">
        /// Whether a norm that is NaN or infinite is an error, before any gradient is changed. It is looked at on the
        /// host, so a compiled step stays eager. Without it such a norm makes gradients NaN or 0.
        /// </param>
        /// <returns>The norm before, as <see cref="GradNorm"/> gives it.</returns>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNorm"/> is negative or NaN, or p is
        /// NaN.</exception>
        /// <exception cref="InvalidOperationException">The norm is NaN or infinite, and that was to be an
        /// error.</exception>
        public Tensor ClipGradNorm(double maxNorm, double p = 2, bool throwIfNotFinite = false)
        {
            ArgumentNullException.ThrowIfNull(parameters);
            RequireLimit(nameof(ClipGradNorm), nameof(maxNorm), maxNorm);
            Tensor[] gradients = GradientsOf(parameters);
            Tensor norm = NormOf(gradients, p);
            if (throwIfNotFinite && !norm.AllFinite())
            {
                throw new InvalidOperationException(
                    $"ClipGradNorm: the norm of the {gradients.Length} gradients is {norm.Item()}, so they can't be "
                        + "scaled to a norm. AnomalyMode finds the operation that gave the first such gradient.");
            }

            using GradMode.Scope mode = Tensor.NoGrad();
            Tensor scale = (maxNorm / (norm + Epsilon)).ClampMax(1);
            foreach (Tensor gradient in gradients)
            {
                gradient.MulInPlace(scale.To(gradient.DType).To(gradient.Device));
            }

            return norm;
        }

        /// <summary>
        /// Clamps each element of all gradients in place: g = min(max(g, -clipValue), clipValue)
        /// (<c>clip_grad_value_</c>).
        /// </summary>
        /// <param name="clipValue">The largest magnitude, at least 0.</param>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="clipValue"/> is negative or NaN.</exception>
        public void ClipGradValue(double clipValue)
        {
            ArgumentNullException.ThrowIfNull(parameters);
            RequireLimit(nameof(ClipGradValue), nameof(clipValue), clipValue);
            using GradMode.Scope mode = Tensor.NoGrad();
            foreach (Tensor gradient in GradientsOf(parameters))
            {
                gradient.ClampInPlace(-clipValue, clipValue);
            }
        }
    }

    /// <summary>
    /// A gradient that stays the library's own; a step that is being captured depends on which it is.
    /// </summary>
    internal static Tensor? GradientOf(Tensor parameter)
    {
        StepRecording.ReadGradient(parameter);
        return parameter.GradInside;
    }

    // A parameter that is used twice counts once.
    private static Tensor[] GradientsOf(IEnumerable<Tensor> parameters) =>
        [.. parameters.Distinct().Select(GradientOf).OfType<Tensor>()];

    private static Tensor NormOf(Tensor[] gradients, double p)
    {
        using GradMode.Scope mode = Tensor.NoGrad();
        if (gradients.Length == 0)
        {
            return Tensor.Scalar(0f);
        }

        Tensor first = gradients[0];
        Tensor[] norms = [.. gradients.Select(g => g.Norm(p).To(first.DType).To(first.Device))];
        return Tensor.Stack(norms).Norm(p);
    }

    private static void RequireLimit(string operation, string parameter, double limit)
    {
        if (!(limit >= 0))
        {
            throw new ArgumentOutOfRangeException(
                parameter, limit, $"{operation}: a limit is at least 0; this is {limit}.");
        }
    }
}
