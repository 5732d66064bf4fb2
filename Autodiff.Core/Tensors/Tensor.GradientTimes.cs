namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The same values, whose gradient is multiplied on its way back.</summary>
    /// <param name="factor">By what; a constant that broadcasts to this shape.</param>
    internal Tensor GradientTimes(Tensor factor)
    {
        if (!Recording.Needed(this))
        {
            return this;
        }

        Tensor y;
        using (Unrecorded())
        {
            y = Clone();
        }

        SavedTensor saved = factor.Save("factor");
        return y.Record("GradientTimes", "x̄ = factor · g", this, g => g * saved.Value, saved);
    }
}
