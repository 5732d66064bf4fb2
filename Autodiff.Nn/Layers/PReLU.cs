namespace Autodiff.Nn;

/// <summary>x for x &gt; 0, else a x with a learned slope a (He, Zhang, Ren and Sun, 2015).</summary>
public class PReLU : Module
{
    /// <summary>Makes the layer.</summary>
    /// <param name="numParameters">One slope for all, or one for each channel (dimension 1).</param>
    /// <param name="init">The first slope.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the slopes are.</param>
    public PReLU(int numParameters = 1, double init = 0.25, DType type = DType.Float32, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numParameters, 1);
        NumParameters = numParameters;
        Weight = RegisterParameter("weight", Tensor.Full([numParameters], init, type, device));
    }

    /// <summary>How many slopes there are.</summary>
    public int NumParameters { get; }

    /// <summary>a, [slopes].</summary>
    public Tensor Weight { get; }

    protected override string Settings => $"num_parameters={NumParameters}";

    public override Tensor Forward(Tensor x) => x.Prelu(Weight);
}
