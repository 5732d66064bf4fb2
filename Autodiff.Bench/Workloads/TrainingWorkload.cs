namespace Autodiff.Bench.Workloads;

/// <summary>A model, its data and what one training step does with a batch.</summary>
/// <param name="key">Its name in Peers/pytorch_peer.py and on the command line.</param>
/// <param name="name">Its name in the table.</param>
/// <param name="x">The inputs.</param>
/// <param name="y">The targets.</param>
/// <param name="step">Clears gradients, computes the loss, goes backward, updates the parameters.</param>
/// <param name="batchSize">How many rows a step takes; 0 for all.</param>
internal sealed class TrainingWorkload(string key, string name, Tensor x, Tensor y, Func<Tensor, Tensor, Tensor> step, int batchSize = 0)
{
    public string Key => key;

    public string Name => name;

    public Tensor X => x;

    public Tensor Y => y;

    public Func<Tensor, Tensor, Tensor> Step => step;

    /// <summary>The step, or all steps of an epoch, as eager code.</summary>
    public void Run() => Run(step);

    /// <summary>The step, or all steps of an epoch, each done by <paramref name="one"/>.</summary>
    public void Run(Func<Tensor, Tensor, Tensor> one)
    {
        if (batchSize == 0)
        {
            one(x, y);
            return;
        }

        for (int start = 0; start < x.Size(0); start += batchSize)
        {
            int length = Math.Min(batchSize, x.Size(0) - start);
            one(x.Narrow(0, start, length), y.Narrow(0, start, length));
        }
    }
}
