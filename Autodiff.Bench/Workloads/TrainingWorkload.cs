namespace Autodiff.Bench.Workloads;

/// <summary>A model, its data and what one training step does with a batch.</summary>
/// <param name="key">Its name in Peers/pytorch_peer.py and on the command line.</param>
/// <param name="name">Its name in the table.</param>
/// <param name="x">The inputs.</param>
/// <param name="y">The targets.</param>
/// <param name="step">Clears gradients, computes the loss, goes backward, updates the parameters.</param>
/// <param name="batchSize">How many rows a step takes; 0 for all.</param>
internal sealed class TrainingWorkload(string key, string name, Tensor x, Tensor y, Func<Tensor, Tensor, Tensor> step,
    int batchSize = 0)
{
    private readonly bool _takesInputs = !x.RequiresGrad;
    private (Tensor X, Tensor Y)[]? _batches;

    public string Key => key;

    public string Name => name;

    public Tensor X => x;

    public Tensor Y => y;

    /// <summary>The step, or all steps of an epoch, as eager code.</summary>
    public void Run()
    {
        if (batchSize == 0)
        {
            step(x, y);
            return;
        }

        for (int start = 0; start < x.Size(0); start += batchSize)
        {
            step(Batch(x, start), Batch(y, start));
        }
    }

    /// <summary>The step, yet to be captured. One whose tensors require grad takes no inputs.</summary>
    public CompiledStep Compile() => _takesInputs ? new(step) : new(() => step(x, y));

    /// <summary>The step, or all steps of an epoch, replayed.</summary>
    public void Run(CompiledStep compiled)
    {
        if (batchSize == 0)
        {
            _ = _takesInputs ? compiled.Run(x, y) : compiled.Run();
            return;
        }

        // Sliced once: what is measured is the step.
        _batches ??= [.. Enumerable.Range(0, (x.Size(0) + batchSize - 1) / batchSize)
            .Select(i => (Batch(x, i * batchSize), Batch(y, i * batchSize)))];
        foreach ((Tensor input, Tensor target) in _batches)
        {
            compiled.Run(input, target);
        }
    }

    private Tensor Batch(Tensor data, int start) => data.Narrow(0, start, Math.Min(batchSize, data.Size(0) - start));
}
