using Autodiff.Nn;

namespace Labs.Lab2;

/// <summary>Pairs of an input and its target.</summary>
internal sealed class CustomDataset(Tensor dataX, Tensor dataY) : Dataset<(Tensor X, Tensor Y)>
{
    public override int Count => dataX.Size(0);

    protected override (Tensor X, Tensor Y) Get(int index) => (dataX[index], dataY[index]);
}
