using Autodiff.Nn;

namespace Labs.Lab2;

/// <summary>The network by hand, put in order: a module owns its parameters.</summary>
internal sealed class MyOwnMlp : Module
{
    private readonly Tensor _w1, _b1, _w2, _b2;

    public MyOwnMlp(int hidden = 100)
    {
        RegisterParameter(_w1 = Tensor.Normal(0, 0.1, [1, hidden]));
        RegisterParameter(_b1 = Tensor.Normal(0, 0.1, [hidden]));
        RegisterParameter(_w2 = Tensor.Normal(0, 0.1, [hidden, 1]));
        RegisterParameter(_b2 = Tensor.Normal(0, 0.1, [1]));
    }

    public override Tensor Forward(Tensor x) => (x.MatMul(_w1) + _b1).Relu().MatMul(_w2) + _b2;
}
