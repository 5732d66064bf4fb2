namespace Autodiff;

/// <summary>PyTorch's <c>view</c>.</summary>
public static class TensorViews
{
    /// <summary>The same elements in another shape, never copied; one size may be -1, to be worked out.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="shape">The sizes.</param>
    /// <exception cref="ArgumentException">The shape holds another number of elements, or strides don't allow it;
    /// <see cref="Tensor.Reshape"/> then copies.</exception>
    public static Tensor View(this Tensor x, params ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.InShape(shape);
    }
}
