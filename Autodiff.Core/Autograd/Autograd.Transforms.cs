namespace Autodiff;

public static partial class Autograd
{
    /// <summary>∇f(x) for a function to one number. Nestable: the gradient of a gradient is the second derivative.</summary>
    /// <param name="function">f, built of tensor operations.</param>
    /// <param name="x">Where to differentiate; its own <see cref="Tensor.Grad"/> is left alone.</param>
    /// <returns>A tensor of x's shape.</returns>
    /// <exception cref="InvalidOperationException">f has more than one element, or does not depend on x.</exception>
    public static Tensor Grad(Func<Tensor, Tensor> function, Tensor x) => ValueAndGrad(function, x).Gradient;

    /// <summary>f(x) and ∇f(x) in one go.</summary>
    /// <inheritdoc cref="Grad(Func{Tensor, Tensor}, Tensor)"/>
    public static (Tensor Value, Tensor Gradient) ValueAndGrad(Func<Tensor, Tensor> function, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(function);
        (Tensor value, Tensor[] gradients) = ValueAndGrad(inputs => function(inputs[0]), [x]);
        return (value, gradients[0]);
    }

    /// <summary>f(x₁, x₂, ...) and its gradient with respect to each argument.</summary>
    /// <exception cref="InvalidOperationException">f has more than one element, or does not depend on an argument.</exception>
    public static (Tensor Value, Tensor[] Gradients) ValueAndGrad(Func<Tensor[], Tensor> function, Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(inputs);
        using GradMode.Scope _ = Tensor.EnableGrad();
        Tensor[] variables = Variables(inputs, out bool nested);
        Tensor value = function(variables);
        if (value.ElementCount != 1)
        {
            throw new InvalidOperationException($"ValueAndGrad: the function's value has shape {value.Shape}; a gradient needs a single number. Use Vjp or Jacobian.");
        }

        Tensor?[] gradients = Grad([value], variables, createGraph: nested);
        return (nested ? value : value.Detach(), Array.ConvertAll(gradients, static g => g!));
    }

    /// <summary>f(x) and the vector-Jacobian product vᵀ J(x): what one reverse pass computes.</summary>
    /// <param name="function">f.</param>
    /// <param name="x">Where to differentiate.</param>
    /// <param name="v">The upstream gradient, of f(x)'s shape.</param>
    /// <returns>The value, and the product in x's shape.</returns>
    public static (Tensor Value, Tensor Product) Vjp(Func<Tensor, Tensor> function, Tensor x, Tensor v)
    {
        ArgumentNullException.ThrowIfNull(function);
        using GradMode.Scope _ = Tensor.EnableGrad();
        Tensor[] variables = Variables([x], out bool nested);
        Tensor value = function(variables[0]);
        Tensor product = Grad([value], variables, [v], createGraph: nested, allowUnused: true)[0] ?? Tensor.ZerosLike(x);
        return (nested ? value : value.Detach(), product);
    }

    /// <summary>f(x) and the Jacobian-vector product J(x) v: the derivative of f along v.</summary>
    /// <param name="function">f.</param>
    /// <param name="x">Where to differentiate.</param>
    /// <param name="v">The direction, of x's shape.</param>
    /// <returns>The value, and the product in the value's shape.</returns>
    /// <remarks>Two reverse passes: u ↦ uᵀJ is linear, and its own VJP at v is J v (Townsend's double-backward trick, 2017).</remarks>
    public static (Tensor Value, Tensor Product) Jvp(Func<Tensor, Tensor> function, Tensor x, Tensor v)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(v);
        if (v.Shape != x.Shape)
        {
            throw new ArgumentException($"Jvp: the direction has shape {v.Shape}, x has {x.Shape}; they must agree.", nameof(v));
        }

        using GradMode.Scope _ = Tensor.EnableGrad();
        Tensor[] variables = Variables([x], out bool nested);
        Tensor value = function(variables[0]);
        Tensor u = Tensor.ZerosLike(value).RequireGrad();
        Tensor? row = Grad([value], variables, [u], createGraph: true, allowUnused: true)[0];
        Tensor? product = row is null || !row.RequiresGrad
            ? null
            : Grad([row], [u], [v], retainGraph: nested, createGraph: nested, allowUnused: true)[0];
        return (nested ? value : value.Detach(), product ?? Tensor.ZerosLike(value));
    }

    /// <summary>All partial derivatives ∂fᵢ/∂xⱼ.</summary>
    /// <param name="function">f.</param>
    /// <param name="x">Where to differentiate.</param>
    /// <returns>Shape: that of f(x), then that of x.</returns>
    public static Tensor Jacobian(Func<Tensor, Tensor> function, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(x);
        using GradMode.Scope _ = Tensor.EnableGrad();
        Tensor[] variables = Variables([x], out bool nested);
        Tensor value = function(variables[0]);
        int[] shape = [.. value.Shape.AsSpan(), .. x.Shape.AsSpan()];
        int rows = Sizes.Entries("Jacobian", value.ElementCount, value.DType);
        if (rows == 0 || value.NodeForInput() is null)
        {
            return Tensor.Zeros(shape, x.DType, x.Device);
        }

        Tensor unit = Tensor.Zeros([rows], value.DType, value.Device);
        Tensor[] gradients = new Tensor[rows];
        for (int i = 0; i < rows; i++)
        {
            using (Tensor.NoGrad())
            {
                unit.Slice(0, i, 1).Fill(1);
            }

            Tensor seed = unit.Clone().Reshape(value.Shape);
            gradients[i] = Grad([value], variables, [seed], retainGraph: true, createGraph: nested, allowUnused: true)[0] ?? Tensor.ZerosLike(x);
            using (Tensor.NoGrad())
            {
                unit.Zero();
            }
        }

        return Tensor.Stack(gradients).Reshape(shape);
    }

    /// <summary>All second derivatives ∂²f/∂xᵢ∂xⱼ of a function to one number.</summary>
    /// <returns>Shape: that of x twice.</returns>
    public static Tensor Hessian(Func<Tensor, Tensor> function, Tensor x) => Jacobian(z => Grad(function, z), x);

    /// <summary>f(x) and the Hessian-vector product H(x) v, without forming H (Pearlmutter 1994).</summary>
    /// <param name="function">f, to one number.</param>
    /// <param name="x">Where to differentiate.</param>
    /// <param name="v">The direction, of x's shape.</param>
    public static (Tensor Value, Tensor Product) Hvp(Func<Tensor, Tensor> function, Tensor x, Tensor v)
    {
        ArgumentNullException.ThrowIfNull(function);
        Tensor? value = null;
        (_, Tensor product) = Vjp(
            z =>
            {
                (value, Tensor gradient) = ValueAndGrad(function, z);
                return gradient;
            },
            x, v); // the Hessian is symmetric, so vᵀH is H v
        return (value!.Detach(), product);
    }

    /// <summary>
    /// The tensors that a transform differentiates by: fresh leaves, or, where an outer transform follows the inputs already,
    /// recorded copies of the handles.
    /// </summary>
    private static Tensor[] Variables(Tensor[] inputs, out bool nested)
    {
        nested = Array.Exists(inputs, static x => x.RequiresGrad);
        Tensor[] variables = new Tensor[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            Tensor x = inputs[i];
            variables[i] = x.RequiresGrad ? x.Alias().Record("Identity", x, static g => g) : x.Detach().RequireGrad();
        }

        return variables;
    }
}
