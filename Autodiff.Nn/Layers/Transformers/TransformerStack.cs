using System.Runtime.CompilerServices;

namespace Autodiff.Nn;

/// <summary>What stacks of transformer layers have in common.</summary>
/// <typeparam name="TLayer">The layers' type.</typeparam>
public abstract class TransformerStack<TLayer> : Module where TLayer : TransformerLayer
{
    private protected TransformerStack(
        TLayer layer, Func<TLayer, TLayer> copy, int numLayers, Module? norm,
        [CallerArgumentExpression(nameof(layer))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(layer, name);
        ArgumentOutOfRangeException.ThrowIfNegative(numLayers);
        Layers = RegisterModule("layers", new ModuleList<TLayer>());
        for (int i = 0; i < numLayers; i++)
        {
            Layers.Add(copy(layer));
        }

        Norm = norm is null ? null : RegisterModule("norm", norm);
    }

    /// <summary>The layers in order.</summary>
    public ModuleList<TLayer> Layers { get; }

    /// <summary>What the last result goes through, or null.</summary>
    public Module? Norm { get; }
}
