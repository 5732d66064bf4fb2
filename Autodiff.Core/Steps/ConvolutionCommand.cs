using Autodiff.Devices;

namespace Autodiff.Steps;

/// <summary>A convolution, or one of its gradients.</summary>
internal sealed class ConvolutionCommand : Command
{
    private readonly ConvolutionGeometry _geometry;
    private readonly ConvolutionResult _wanted;
    private readonly bool _hasBias;

    private ConvolutionCommand(
        in ConvolutionGeometry geometry, ConvolutionResult wanted, bool hasBias, TensorView[] views)
        : base("Convolve", (geometry, wanted, hasBias), views, 1) =>
            (_geometry, _wanted, _hasBias) = (geometry, wanted, hasBias);

    public override bool IsPure => true;

    /// <summary>What is read comes first: the other two operands in their order, then the bias.</summary>
    public static ConvolutionCommand Of(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias) =>
            new(geometry, wanted, bias is not null, wanted switch
        {
            ConvolutionResult.Input => [weight, output, input],
            ConvolutionResult.Weight => [input, output, weight],
            _ => bias is { } channels ? [input, weight, channels, output] : [input, weight, output],
        });

    public override void Run()
    {
        TensorView[] v = Views;
        IBackend cpu = Device.Cpu.Backend;
        switch (_wanted)
        {
            case ConvolutionResult.Input: cpu.Convolve(_geometry, _wanted, v[2], v[0], v[1], null); break;
            case ConvolutionResult.Weight: cpu.Convolve(_geometry, _wanted, v[0], v[2], v[1], null); break;
            default: cpu.Convolve(_geometry, _wanted, v[0], v[1], v[^1], _hasBias ? v[2] : null); break;
        }
    }
}
