namespace Autodiff.Nn;

/// <summary>One step of a <see cref="GRU"/>.</summary>
/// <inheritdoc cref="RNNCellBase" path="/remarks"/>
/// <inheritdoc cref="RNNCell" path="/param[@name != 'nonlinearity']"/>
public class GRUCell(
    int inputSize, int hiddenSize, bool bias = true, DType type = DType.Float32, Device? device = null,
    Generator? generator = null)
    : OneStateRNNCell(RecurrentKind.GRU, inputSize, hiddenSize, bias, type, device, generator);
