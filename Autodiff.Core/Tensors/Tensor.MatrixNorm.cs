using Autodiff.LinearAlgebra;

namespace Autodiff;

/// <summary>Which norm of a matrix.</summary>
public enum MatrixNormKind
{
    /// <summary>√(Σ a²): the Euclidean norm of all elements.</summary>
    Frobenius,

    /// <summary>The sum of the singular values.</summary>
    Nuclear,

    /// <summary>The largest column sum of magnitudes.</summary>
    One,

    /// <summary>The smallest column sum of magnitudes.</summary>
    NegativeOne,

    /// <summary>The largest row sum of magnitudes.</summary>
    Infinity,

    /// <summary>The smallest row sum of magnitudes.</summary>
    NegativeInfinity,
}

public sealed partial class Tensor
{
    /// <summary>A norm of each matrix [..., m, n].</summary>
    /// <param name="kind">Which.</param>
    /// <param name="keepDim">Keep the matrices' dimensions with size 1.</param>
    /// <remarks>
    /// The gradient of the nuclear norm is U Vᵀ over the singular values that are not zero; its second derivative,
    /// which needs a matrix of full rank, solves n² equations and so is for small matrices.
    /// </remarks>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    /// <exception cref="InvalidOperationException">The elements are integers or bool; or the norm of an empty matrix is
    /// not defined.</exception>
    public Tensor MatrixNorm(MatrixNormKind kind = MatrixNormKind.Frobenius, bool keepDim = false)
    {
        RequireFloating(nameof(MatrixNorm), DType);
        if (Rank < 2)
        {
            throw new ArgumentException($"MatrixNorm: takes matrices [..., m, n], not {Describe()}.");
        }

        if (kind is MatrixNormKind.Frobenius)
        {
            return Norm(2, [-2, -1], keepDim);
        }

        Tensor y = kind switch
        {
            MatrixNormKind.Nuclear => NuclearNorm(),
            MatrixNormKind.One => Norm(1, -2).Amax(-1),
            MatrixNormKind.NegativeOne => Norm(1, -2).Amin(-1),
            MatrixNormKind.Infinity => Norm(1, -1).Amax(-1),
            MatrixNormKind.NegativeInfinity => Norm(1, -1).Amin(-1),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "MatrixNorm: no such norm."),
        };
        return keepDim ? Matrix(y) : y;
    }

    private Tensor NuclearNorm()
    {
        if (Size(-2) < Size(-1))
        {
            return Transpose(-2, -1).NuclearNorm();
        }

        MatrixBatch batch = new(this);
        Tensor y = batch.Map([], i => [new JacobiSvd(batch[i], batch.Rows, batch.Columns).Values.Sum()]);
        SavedTensor a = this.Save("matrix");
        return y.Record("NuclearNorm", "x̄ = g * u @ vᵀ of the singular value decomposition of x", this,
            g => Matrix(g) * a.Value.OrthogonalFactor(), a);
    }

    /// <summary>
    /// The factor P = U Vᵀ of the polar decomposition A = P H, for matrices with at least as many rows as columns.
    /// </summary>
    private Tensor OrthogonalFactor()
    {
        MatrixBatch batch = new(this);
        (int m, int n) = (batch.Rows, batch.Columns);
        Tensor y = batch.Map([m, n], i =>
        {
            JacobiSvd svd = new(batch[i], m, n);
            double zero = svd.Values.DefaultIfEmpty(0).Max() * Math.Max(m, n) * 1e-15;
            double[] product = new double[m * n];
            for (int r = 0; r < m; r++)
            {
                for (int j = 0; j < n; j++)
                {
                    RowOperations.AddScaled(product.AsSpan(r * n, n), svd.Values[j] > zero ? svd.Left[j * m + r] : 0,
                        svd.Right.AsSpan(j * n, n));
                }
            }

            return product;
        });
        SavedTensor a = this.Save("matrix"), factor = y.Save("output");
        return y.Record("OrthogonalFactor",
            "x̄ = y @ z + (g - y @ yᵀ @ g) @ h⁻¹, where x = y @ h and h @ z + z @ h = yᵀ @ g - gᵀ @ y", this, g =>
        {
            // dP = P Z + (I - P Pᵀ) dA H⁻¹, where H Z + Z H = Pᵀ dA - dAᵀ P; this map is its own adjoint.
            Tensor p = factor.Value, pt = p.Transpose(-2, -1), h = pt.MatMul(a.Value), turned = pt.MatMul(g);
            Tensor inside = p.MatMul(Commuted(h, turned - turned.Transpose(-2, -1)));
            return inside + (g - p.MatMul(turned)).MatMul(h.Inverse("Backward of NuclearNorm"));
        }, a, factor);
    }

    /// <summary>
    /// The solution Z of H Z + Z H = C for symmetric H (Lyapunov's equation), as n² linear equations.
    /// </summary>
    private static Tensor Commuted(Tensor h, Tensor c)
    {
        int n = h.Size(-1);
        Tensor identity = Eye(n, null, h.DType, h.Device);
        Tensor system = Einsum("...ij,kl->...ikjl", h, identity) + Einsum("ij,...kl->...ikjl", identity, h);
        return system.Reshape([.. Lead(h._layout).Dims, n * n, n * n])
            .Solve(c.Reshape([.. Lead(c._layout).Dims, n * n, 1])).Reshape(c.Shape);
    }
}
