namespace Autodiff;

/// <remarks>
/// <para>The functions that take a function differentiate by its argument alone: a fresh variable with the argument's
/// elements. All else that the function uses is a constant to that derivative, whether or not it requires grad, also
/// the tensor that was given as the argument, if the function captured it.</para>
/// <para>To everything around the call it is not: value and derivatives stay functions of what requires grad outside
/// (the argument itself, parameters of a captured module, the variable of an outer transform), so transforms nest
/// in any order and <c>Backward</c> of a loss that is made of derivatives reaches the parameters.
/// Where nothing outside requires grad, or under <see cref="Tensor.NoGrad"/>, the results have no history and cost
/// none. A transform under <c>NoGrad</c> differentiates all the same; inside the function, <c>NoGrad</c> and
/// <see cref="Tensor.Detach"/> make constants.</para>
/// <para>Source: Siskind and Pearlmutter, "Perturbation confusion and referential transparency" (2005), for what
/// nesting must keep apart.</para>
/// </remarks>
public static partial class Autograd
{
    /// <summary>
    /// ∇f(x) for a function to one number. Nestable: the gradient of a gradient is the second derivative.
    /// </summary>
    /// <param name="function">f, built of tensor operations. Tensors that it captures are constants to this derivative;
    /// see <see cref="Autograd"/>.</param>
    /// <param name="x">Where to differentiate; its own <see cref="Tensor.Grad"/> is left alone.</param>
    /// <returns>A tensor of x's shape; zeros where f does not depend on x.</returns>
    /// <exception cref="InvalidOperationException">f has more than one element.</exception>
    public static Tensor Grad(Func<Tensor, Tensor> function, Tensor x) => ValueAndGrad(function, x).Gradient;

    /// <summary>f(x) and ∇f(x) in one go.</summary>
    /// <inheritdoc cref="Grad(Func{Tensor, Tensor}, Tensor)"/>
    public static (Tensor Value, Tensor Gradient) ValueAndGrad(Func<Tensor, Tensor> function, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(x);
        (Tensor value, Tensor[] gradients) = ValueAndGrad(inputs => function(inputs[0]), [x]);
        return (value, gradients[0]);
    }

    /// <summary>f(x₁, x₂, ...) and its gradient with respect to each argument.</summary>
    /// <param name="function">f. Tensors that it captures are constants to this derivative; see
    /// <see cref="Autograd"/>.</param>
    /// <param name="inputs">Where to differentiate.</param>
    /// <returns>The value, and a gradient of each argument's shape; zeros for one that f does not depend on.</returns>
    /// <exception cref="InvalidOperationException">f has more than one element.</exception>
    public static (Tensor Value, Tensor[] Gradients) ValueAndGrad(Func<Tensor[], Tensor> function, Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(inputs);
        using Transform transform = new(inputs);
        Tensor value = transform.Follow(function([.. transform.Variables]));
        if (value.ElementCount != 1)
        {
            throw new InvalidOperationException(
                $"ValueAndGrad: the function's value has shape {value.Shape}; a gradient needs a single number. Use "
                    + "Vjp or Jacobian.");
        }

        Tensor?[] found = GradientsAt([value], transform.Nodes, [], transform.KeepsGraph, transform.KeepsGraph);
        Tensor[] gradients = new Tensor[inputs.Length];
        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i] = transform.Result(found[i] ?? Tensor.ZerosLike(inputs[i]));
        }

        return (transform.Result(value), gradients);
    }

    /// <summary>f(x) and the vector-Jacobian product vᵀ J(x): what one reverse pass computes.</summary>
    /// <inheritdoc cref="Grad(Func{Tensor, Tensor}, Tensor)" path="/param"/>
    /// <param name="v">The upstream gradient, of f(x)'s shape.</param>
    /// <returns>The value, and the product in x's shape.</returns>
    public static (Tensor Value, Tensor Product) Vjp(Func<Tensor, Tensor> function, Tensor x, Tensor v)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(v);
        using Transform transform = new(x);
        Tensor value = transform.Follow(function(transform.Variables[0]));
        return (transform.Result(value), PullBack(transform, value, transform.Follow(v)) ?? Tensor.ZerosLike(x));
    }

    /// <summary>f(x) and the Jacobian-vector product J(x) v: the derivative of f along v.</summary>
    /// <inheritdoc cref="Grad(Func{Tensor, Tensor}, Tensor)" path="/param"/>
    /// <param name="v">The direction, of x's shape.</param>
    /// <returns>The value, and the product in the value's shape.</returns>
    /// <remarks>
    /// Two reverse passes: u ↦ uᵀJ is linear, and its own VJP at v is J v (Townsend's double-backward trick, 2017).
    /// </remarks>
    public static (Tensor Value, Tensor Product) Jvp(Func<Tensor, Tensor> function, Tensor x, Tensor v)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(v);
        if (v.Shape != x.Shape)
        {
            throw new ArgumentException($"Jvp: the direction has shape {v.Shape}, x has {x.Shape}; they must agree.",
                nameof(v));
        }

        using Transform transform = new(x);
        Tensor value = transform.Follow(function(transform.Variables[0]));
        _ = transform.Follow(v);
        if (value.NodeForInput() is null)
        {
            return (value, Tensor.ZerosLike(value));
        }

        using Transform rows = new(Tensor.ZerosLike(value));
        Tensor? row = GradientsAt([value], transform.Nodes, [rows.Variables[0]], retainGraph: true,
            createGraph: true)[0];
        Tensor? product = row is null
            ? null
            : GradientsAt([row], rows.Nodes, [v], transform.KeepsGraph, transform.KeepsGraph)[0];
        return (transform.Result(value), transform.Result(product ?? Tensor.ZerosLike(value)));
    }

    /// <summary>All partial derivatives ∂fᵢ/∂xⱼ.</summary>
    /// <inheritdoc cref="Grad(Func{Tensor, Tensor}, Tensor)" path="/param"/>
    /// <returns>Shape: that of f(x), then that of x.</returns>
    public static Tensor Jacobian(Func<Tensor, Tensor> function, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(x);
        using Transform transform = new(x);
        Tensor value = transform.Follow(function(transform.Variables[0]));
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
            unit.Slice(0, i, 1).Fill(1);
            Tensor seed = unit.Clone().Reshape(value.Shape);
            gradients[i] = GradientsAt([value], transform.Nodes, [seed], retainGraph: true,
                createGraph: transform.KeepsGraph)[0] ?? Tensor.ZerosLike(x);
            unit.Zero();
        }

        return transform.Result(Tensor.Stack(gradients).Reshape(shape));
    }

    /// <summary>All second derivatives ∂²f/∂xᵢ∂xⱼ of a function to one number.</summary>
    /// <inheritdoc cref="Grad(Func{Tensor, Tensor}, Tensor)" path="/param"/>
    /// <returns>Shape: that of x twice.</returns>
    public static Tensor Hessian(Func<Tensor, Tensor> function, Tensor x) => Jacobian(z => Grad(function, z), x);

    /// <summary>
    /// f(x) and the Hessian-vector product H(x) v of a function to one number, without forming H (Pearlmutter 1994).
    /// </summary>
    /// <inheritdoc cref="Grad(Func{Tensor, Tensor}, Tensor)" path="/param"/>
    /// <param name="v">The direction, of x's shape.</param>
    /// <returns>The value, and the product in x's shape.</returns>
    public static (Tensor Value, Tensor Product) Hvp(Func<Tensor, Tensor> function, Tensor x, Tensor v)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(v);
        using Transform transform = new(x);
        (Tensor value, Tensor gradient) = ValueAndGrad(function, transform.Variables[0]);
        // the Hessian is symmetric, so vᵀH is H v
        Tensor? product = PullBack(transform, transform.Follow(gradient), transform.Follow(v));
        return (transform.Result(value), product ?? Tensor.ZerosLike(x));
    }

    private static Tensor? PullBack(Transform transform, Tensor value, Tensor v) =>
        GradientsAt([value], transform.Nodes, [v], transform.KeepsGraph, transform.KeepsGraph)[0] is { } product
            ? transform.Result(product)
            : null;
}
