namespace Labs.Lab4;

/// <summary>Gradient descent on the linear model: x ← x − η g. What follows differs in a few lines.</summary>
internal class PlainDescent(Tensor w, Tensor b)
{
    protected Tensor[] Parameters { get; } = [w, b];

    public double LearningRate { get; init; } = 1e-5;

    /// <summary>λ: pulls the weights, not the biases, towards zero.</summary>
    public double WeightDecay { get; init; }

    public Tensor Loss(Tensor inputs, Tensor targets) => (inputs.MatMul(w.T) + b - targets).Square().Mean();

    public void Step(Tensor inputs, Tensor targets)
    {
        Loss(inputs, targets).Backward();
        using (Tensor.NoGrad())
        {
            w.Grad!.AddInPlace(w, WeightDecay);
            for (int i = 0; i < Parameters.Length; i++)
            {
                Update(i, Parameters[i], Parameters[i].Grad!);
                Parameters[i].Grad = null;
            }
        }
    }

    protected virtual void Update(int i, Tensor x, Tensor gradient) => x -= LearningRate * gradient;
}

/// <summary>A heavy ball (Polyak, 1964): v ← γ v + η g, x ← x − v.</summary>
internal sealed class MomentumDescent(Tensor w, Tensor b, double gamma) : PlainDescent(w, b)
{
    private readonly Tensor[] _velocities = [Tensor.ZerosLike(w), Tensor.ZerosLike(b)];

    protected override void Update(int i, Tensor x, Tensor gradient)
    {
        _velocities[i] = gamma * _velocities[i] + LearningRate * gradient;
        x -= _velocities[i];
    }
}

/// <summary>
/// Nesterov (1983), in the form that keeps the point ahead, x − γ v, as its weights, so that the
/// slope there needs no detour: v ← γ v + η g, x ← x − (γ v + η g).
/// </summary>
internal sealed class NesterovDescent(Tensor w, Tensor b, double gamma) : PlainDescent(w, b)
{
    private readonly Tensor[] _velocities = [Tensor.ZerosLike(w), Tensor.ZerosLike(b)];

    protected override void Update(int i, Tensor x, Tensor gradient)
    {
        _velocities[i] = gamma * _velocities[i] + LearningRate * gradient;
        x -= gamma * _velocities[i] + LearningRate * gradient;
    }
}

/// <summary>
/// Adam (Kingma and Ba, 2015): a step of about η in each direction, whatever the size of its gradients.
/// </summary>
internal sealed class AdamDescent(Tensor w, Tensor b, double beta1 = 0.9, double beta2 = 0.999)
    : PlainDescent(w, b)
{
    private readonly Tensor[] _means = [Tensor.ZerosLike(w), Tensor.ZerosLike(b)];
    private readonly Tensor[] _squares = [Tensor.ZerosLike(w), Tensor.ZerosLike(b)];
    private readonly int[] _steps = [0, 0];

    protected override void Update(int i, Tensor x, Tensor gradient)
    {
        int step = ++_steps[i];
        _means[i] = beta1 * _means[i] + (1 - beta1) * gradient;
        _squares[i] = beta2 * _squares[i] + (1 - beta2) * gradient.Square();
        var mean = _means[i] / (1 - Math.Pow(beta1, step));
        var square = _squares[i] / (1 - Math.Pow(beta2, step));
        x -= LearningRate * mean / (square.Sqrt() + 1e-8);
    }
}
