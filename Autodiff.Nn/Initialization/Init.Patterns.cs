namespace Autodiff.Nn;

/// <content>Weights that are mostly zeros.</content>
public static partial class Init
{
    /// <summary>
    /// A convolution's weight that passes its input on: in each group, output channel i is input channel i, a 1 in the
    /// middle of the kernel among zeros (<c>dirac_</c>).
    /// </summary>
    /// <param name="tensor">The weight [out, in / groups, kernel...] of a convolution over one to three
    /// dimensions.</param>
    /// <param name="groups">The convolution's groups.</param>
    /// <exception cref="ArgumentException">The tensor has not three to five dimensions, or its output channels are not
    /// a multiple of the groups.</exception>
    public static Tensor Dirac(Tensor tensor, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups);
        if (tensor.Rank is < 3 or > 5)
        {
            throw new ArgumentException(
                $"Dirac: {tensor.Name ?? "a tensor"} {tensor.Shape} is no convolution's weight "
                    + "[out, in / groups, kernel...], which has three to five dimensions.", nameof(tensor));
        }

        if (tensor.Size(0) % groups != 0)
        {
            throw new ArgumentException(
                $"Dirac: {tensor.Size(0)} output channels do not divide into {groups} groups.", nameof(groups));
        }

        int outputs = tensor.Size(0) / groups;
        return Fill(tensor, t =>
        {
            t.Zero();
            for (int i = 0; i < groups * Math.Min(outputs, t.Size(1)); i++)
            {
                int channel = i % Math.Min(outputs, t.Size(1)), group = i / Math.Min(outputs, t.Size(1));
                Tensor kernel = t.Select(0, (group * outputs) + channel).Select(0, channel);
                while (kernel.Rank > 0)
                {
                    kernel = kernel.Select(0, kernel.Size(0) / 2);
                }

                kernel.Fill(1);
            }
        });
    }

    /// <summary>
    /// Normal, with the same share of zeros in each column, at rows drawn for each (<c>sparse_</c>; Martens, "Deep
    /// learning via Hessian-free optimization", 2010).
    /// </summary>
    /// <param name="tensor">A matrix.</param>
    /// <param name="sparsity">The share of zeros in a column, from 0 to 1; their number is rounded up.</param>
    /// <param name="std">The standard deviation of the other elements.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException">The tensor is not a matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The sparsity is not between 0 and 1, or the deviation is
    /// negative.</exception>
    public static Tensor Sparse(Tensor tensor, double sparsity, double std = 0.01, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        RequireMatrix(nameof(Sparse), tensor);
        if (!(sparsity is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(sparsity), sparsity, $"Sparse: the share of zeros is between 0 and 1; this is {sparsity}.");
        }

        int rows = tensor.Size(0), zeros = (int)Math.Ceiling(sparsity * rows);
        Normal(tensor, 0, std, generator);
        return Fill(tensor, t =>
        {
            for (int column = 0; column < t.Size(1); column++)
            {
                Tensor chosen = Tensor.RandPerm(rows, generator: generator)[..zeros].To(t.Device);
                t.Select(1, column).IndexFillInPlace(0, chosen, 0);
            }
        });
    }
}
