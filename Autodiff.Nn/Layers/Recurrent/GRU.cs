namespace Autodiff.Nn;

/// <summary>Gated recurrent units (K. Cho et al., 2014), with the reset gate behind the state's product.</summary>
/// <remarks>
/// <code>
/// r = σ(W_ir x_t + b_ir + W_hr h_(t-1) + b_hr)
/// z = σ(W_iz x_t + b_iz + W_hz h_(t-1) + b_hz)
/// n = tanh(W_in x_t + b_in + r (W_hn h_(t-1) + b_hn))
/// h_t = (1 - z) n + z h_(t-1)
/// </code>
/// The weights hold the rows of r, z and n in that order. Parameters have PyTorch's names and order, see
/// <see cref="RNNBase"/>.
/// </remarks>
/// <inheritdoc cref="RNN" path="//param[@name != 'nonlinearity']|//exception"/>
public class GRU(
    int inputSize, int hiddenSize, int numLayers = 1, bool bias = true, bool batchFirst = false, double dropout = 0,
    bool bidirectional = false, DType type = DType.Float32, Device? device = null, Generator? generator = null)
    : OneStateRNN(
        RecurrentKind.GRU, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, type, device,
        generator);
