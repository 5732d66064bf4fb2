namespace Autodiff.Nn;

/// <summary>Tensors side by side: sample i is the entry i of each (PyTorch's <c>TensorDataset</c>).</summary>
/// <remarks>
/// Samples are views: what is written into one is seen in the data set. Batches from a <see cref="DataLoader"/> are
/// copies.
/// </remarks>
/// <example><code>
/// TensorDataset data = new(inputs, targets);
/// (Tensor x, Tensor y) = data[0];
/// </code></example>
public sealed class TensorDataset : Dataset<Tensor[]>
{
    private readonly Tensor[] _tensors;

    /// <summary>Puts tensors of one length side by side.</summary>
    /// <param name="tensors">At least one; their first dimension counts the samples.</param>
    /// <exception cref="ArgumentException">There is none, one has no dimension, or their lengths differ.</exception>
    public TensorDataset(params ReadOnlySpan<Tensor> tensors)
    {
        if (tensors.Length == 0)
        {
            throw new ArgumentException("TensorDataset: at least one tensor is needed.", nameof(tensors));
        }

        _tensors = tensors.ToArray();
        for (int i = 0; i < _tensors.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(_tensors[i], nameof(tensors));
            if (_tensors[i].Rank == 0 || _tensors[i].Size(0) != _tensors[0].Size(0))
            {
                throw new ArgumentException(
                    $"TensorDataset: tensors 0 {_tensors[0].Shape} and {i} {_tensors[i].Shape} do not have one first "
                        + "dimension, which counts the samples.", nameof(tensors));
            }
        }
    }

    /// <summary>The tensors.</summary>
    public IReadOnlyList<Tensor> Tensors => _tensors;

    public override int Count => _tensors[0].Size(0);

    /// <summary>The same samples on another device.</summary>
    public TensorDataset To(Device device) => new(Array.ConvertAll(_tensors, t => t.To(device)));

    protected override Tensor[] Get(int index) => Array.ConvertAll(_tensors, t => t.Select(0, index));

    protected internal override bool TryGetBatch(ReadOnlySpan<long> indices, out Tensor[] batch)
    {
        Tensor rows = Tensor.From(indices, [indices.Length]);
        batch = Array.ConvertAll(_tensors, t => t.IndexSelect(0, rows.To(t.Device)));
        return true;
    }
}

/// <summary>
/// Lets a sample or batch of several tensors be taken apart: <c>foreach ((Tensor x, Tensor y) in loader)</c>.
/// </summary>
public static class TensorTuples
{
    /// <summary>Takes two tensors apart.</summary>
    /// <exception cref="ArgumentException">There are not two.</exception>
    public static void Deconstruct(this Tensor[] tensors, out Tensor first, out Tensor second)
    {
        Require(tensors, 2);
        (first, second) = (tensors[0], tensors[1]);
    }

    /// <summary>Takes three tensors apart.</summary>
    /// <exception cref="ArgumentException">There are not three.</exception>
    public static void Deconstruct(this Tensor[] tensors, out Tensor first, out Tensor second, out Tensor third)
    {
        Require(tensors, 3);
        (first, second, third) = (tensors[0], tensors[1], tensors[2]);
    }

    private static void Require(Tensor[] tensors, int count)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.Length != count)
        {
            throw new ArgumentException(
                $"Deconstruct: the sample has {tensors.Length} tensor{(tensors.Length == 1 ? "" : "s")}, not {count}.",
                nameof(tensors));
        }
    }
}
