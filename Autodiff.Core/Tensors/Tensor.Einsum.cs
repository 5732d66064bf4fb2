using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Sums of products in Einstein's notation: <c>Einsum("bij,bjk->bik", a, b)</c> is a batched matrix product. Each
    /// operand's dimensions get a letter; a letter that the result lacks is summed over; one that repeats within an
    /// operand means its diagonal; <c>...</c> stands for any further dimensions, which broadcast.
    /// </summary>
    /// <param name="equation">The labels of the operands, and after <c>-></c> those of the result; without an arrow the
    /// result has the ellipsis' dimensions and the letters that appear once, in alphabetical order.</param>
    /// <param name="operands">As many tensors as the equation names.</param>
    /// <remarks>Operands are contracted two at a time through batched matrix products, cheapest pair first.</remarks>
    /// <exception cref="ArgumentException">The equation is malformed or does not fit the operands.</exception>
    public static Tensor Einsum(string equation, params ReadOnlySpan<Tensor> operands)
    {
        ArgumentNullException.ThrowIfNull(equation);
        EinsumEquation parsed = EinsumEquation.Parse(equation, operands);
        List<Contraction.Operand> factors = [];
        for (int i = 0; i < operands.Length; i++)
        {
            Tensor x = operands[i];
            List<int> labels = [.. parsed.Operands[i]];
            for (int d = 0; d < labels.Count; d++)
            {
                int label = labels[d], twin = labels.IndexOf(label, d + 1);
                if (twin > 0)
                {
                    x = x.Diagonal(0, d, twin);
                    labels.RemoveAt(twin);
                    labels.RemoveAt(d--);
                    labels.Add(label);
                }
            }

            factors.Add(new(x, [.. labels]));
        }

        return Contraction.All(factors, [.. parsed.Output]);
    }
}
