using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Autodiff.Tests.TorchSharp;

/// <summary>Layers for which PyTorch's own operator tests have no case, or few.</summary>
internal static class LayerCases
{
    public static IEnumerable<LayerCase> All =>
        [.. Pools(), .. Norms(), .. Rearrangements(), .. Paddings(), .. Convolutions(), .. Attentions()];

    private static LayerCase Of(string name, string script, params long[] shape) =>
        LayerCase.Script(name, "x", script, shape);

    private static LayerCase Weighted(string name, string script, params long[][] shapes) =>
        LayerCase.Script(name, shapes.Length == 2 ? "x, w" : "x, w, b", script, shapes);

    private static IEnumerable<LayerCase> Pools()
    {
        long[] line = [2, 3, 7], image = [1, 2, 5, 6], volume = [1, 2, 4, 5, 6];
        yield return Of("MaxPool3d", "torch.max_pool3d(x, [2, 3, 2], [1, 2, 2], [1, 1, 0], [1, 1, 1], True)", volume);
        yield return Of("MaxPool3d dilated", "torch.max_pool3d(x, [2], [2, 1, 2], [0, 1, 1], [1, 2, 1])", 2, 5, 4, 4);
        yield return Of("AvgPool3d", "torch.avg_pool3d(x, [2, 3, 2], [1, 2, 2], [1, 1, 0], True, False)", volume);
        yield return Of("AvgPool3d divisor", "torch.avg_pool3d(x, [2, 2, 3], [2, 1, 2], [1, 0, 1], True, True, 5)",
            volume);
        yield return Of("AdaptiveAvgPool1d", "torch.adaptive_avg_pool1d(x, [3])", line);
        yield return Of("AdaptiveAvgPool1d wider", "torch.adaptive_avg_pool1d(x, [5])", 2, 3);
        yield return Of("AdaptiveAvgPool3d", "torch.adaptive_avg_pool3d(x, [3, 2, 7])", volume);
        yield return Of("AdaptiveMaxPool1d", "torch.adaptive_max_pool1d(x, [3])[0]", line);
        yield return Of("AdaptiveMaxPool2d", "torch.adaptive_max_pool2d(x, [3, 4])[0]", image);
        yield return Of("AdaptiveMaxPool3d", "torch.adaptive_max_pool3d(x, [3, 2, 7])[0]", volume);
        yield return new("LPPool1d", t => F.lp_pool1d(t[0], 2, 3, 2), [line]);
        yield return new("LPPool1d ceil", t => F.lp_pool1d(t[0].exp(), 3, 2, 2, true), [line]);
        yield return new("LPPool2d", t => F.lp_pool2d(t[0], 4, [3, 2], [1, 2]), [image]);
        yield return new("LPPool2d ceil", t => F.lp_pool2d(t[0].exp(), 1.5, [2, 3], [2, 2], true), [image]);
        yield return Of("LPPool3d", "(torch.avg_pool3d(x.pow(2.0), [2, 3, 2], [1, 2, 2]) * 12).pow(0.5)", volume);
        foreach ((string name, int sizes) in new[] { ("MaxUnpool1d", 1), ("MaxUnpool2d", 2), ("MaxUnpool3d", 3) })
        {
            long[] shape = [2, 1, .. new long[] { 5, 7, 4 }[..sizes]];
            string size = string.Join(", ", shape[2..]);
            yield return Of(name, $"y, at = torch.max_pool{sizes}d_with_indices(x, [2])\ny = y * y\n" + (sizes switch
            {
                1 => $"torch.max_unpool2d(y.unsqueeze(-1), at.unsqueeze(-1), [{size}, 1]).squeeze(-1)",
                2 => $"torch.max_unpool2d(y, at, [{size}])",
                _ => $"torch.max_unpool3d(y, at, [{size}], [2, 2, 2], [0, 0, 0])",
            }), shape);
        }
    }

    private static IEnumerable<LayerCase> Norms()
    {
        // The running figures of one call in training are what the second call, in evaluation, uses.
        const string Figures = "m, v = torch.zeros([3], dtype=x.dtype), torch.ones([3], dtype=x.dtype)\n";
        foreach (int d in new[] { 1, 2, 3 })
        {
            long[] shape = [2, 3, .. new long[] { 2, 1, 3 }[^d..]];
            const string Instance = "torch.instance_norm(x, w, b, None, None, True, 0.1, 1e-05, False)";
            yield return Weighted($"InstanceNorm{d}d", Instance, shape, [3], [3]);
            string tracked = "torch.instance_norm(x, w, b, m, v, {0}, 0.3, 1e-03, False)";
            yield return Weighted($"InstanceNorm{d}d tracked", Figures + Twice(tracked), shape, [3], [3]);
            string batch = "torch.batch_norm(x, w, b, m, v, {0}, 0.3, 1e-03, False)";
            yield return Weighted($"BatchNorm{d}d tracked", Figures + Twice(batch), shape, [3], [3]);
        }

        static string Twice(string norm) => "y = " + norm.Replace("{0}", "True", StringComparison.Ordinal)
            + "\ny + 2 * " + norm.Replace("{0}", "False", StringComparison.Ordinal);

        yield return new("LocalResponseNorm", t => F.local_response_norm(t[0], 3, 0.5, 0.75, 2), [[2, 5, 3]]);
        yield return new("LocalResponseNorm even", t => F.local_response_norm(t[0], 4, 0.9, 1.5, 0.5), [[1, 5, 2, 3]]);
        yield return Weighted("RMSNorm", "torch.rms_norm(x, [5], w, None)", [3, 5], [5]);
        yield return Weighted("RMSNorm of two dimensions", "torch.rms_norm(x, [3, 4], w, 0.01)", [2, 3, 4], [3, 4]);
        yield return Of("RMSNorm without weight", "torch.rms_norm(x, [5])", 2, 3, 5);
        yield return Weighted("LayerNorm without bias", "torch.layer_norm(x, [3, 4], w, None, 0.001)",
            [2, 3, 4], [3, 4]);
    }

    private static IEnumerable<LayerCase> Rearrangements()
    {
        yield return Of("Fold", "torch.col2im(x, [5, 6], [2, 3], [1, 2], [1, 0], [2, 1])", 2, 12, 6);
        yield return Of("Unfold", "torch.im2col(x, [2, 3], [1, 2], [1, 0], [2, 1])", 2, 2, 5, 6);
        yield return Of("PixelShuffle", "torch.pixel_shuffle(x, 3)", 2, 9, 2, 1);
        yield return Of("PixelUnshuffle", "torch.pixel_unshuffle(x, 3)", 1, 2, 3, 6);
        yield return Of("ChannelShuffle", "torch.channel_shuffle(x, 3)", 2, 6, 1, 3);
    }

    private static IEnumerable<LayerCase> Paddings()
    {
        (string Layer, string Mode, string? Value)[] kinds =
        [
            ("ZeroPad", "constant", "0.0"), ("ConstantPad", "constant", "-1.5"), ("ReflectionPad", "reflect", null),
            ("ReplicationPad", "replicate", null), ("CircularPad", "circular", null),
        ];
        long[][] pads = [[1, 1], [2, 0], [-2, 2], [1, 1, 1, 1], [0, 3, 2, 1], [2, -1, -2, 1], [1, 1, 1, 1, 1, 1],
            [0, 2, 1, 0, 2, 1], [-1, 1, 2, -2, 1, 1]];
        foreach ((string layer, string mode, string? value) in kinds)
        {
            foreach (long[] pad in pads)
            {
                string sizes = string.Join(", ", pad);
                yield return Of($"{layer}{pad.Length / 2}d [{sizes}]",
                    $"torch.pad(x, [{sizes}], \"{mode}\"{(value is null ? "" : $", {value}")})",
                    [1, 2, .. new long[] { 3, 5, 4 }[^(pad.Length / 2)..]]);
            }
        }
    }

    private static IEnumerable<LayerCase> Convolutions()
    {
        yield return Weighted("Conv3d", "torch.conv3d(x, w, b, [2, 1, 1], [1, 0, 2], [1, 2, 1], 2)",
            [2, 4, 4, 5, 3], [6, 2, 2, 2, 3], [6]);
        yield return Weighted("Conv3d same", "torch.conv3d(x, w, b, [1, 1, 1], \"same\", [1, 1, 2])",
            [1, 2, 4, 3, 5], [3, 2, 2, 3, 2], [3]);
        yield return Weighted("Conv3d circular", "torch.conv3d(torch.pad(x, [1, 1, 0, 0, 2, 2], \"circular\"), w)",
            [1, 2, 3, 2, 4], [2, 2, 3, 1, 2]);
        yield return Weighted("Conv2d replicate",
            "torch.conv2d(torch.pad(x, [1, 1, 2, 2], \"replicate\"), w, b, [2, 1])", [1, 2, 5, 4], [3, 2, 3, 2], [3]);
        yield return Weighted("Conv1d reflect", "torch.conv1d(torch.pad(x, [2, 2], \"reflect\"), w, b)",
            [2, 3, 6], [2, 3, 4], [2]);
        yield return Weighted("ConvTranspose1d", "torch.conv_transpose1d(x, w, b, [3], [1], [2], 2, [2])",
            [2, 4, 5], [4, 3, 4], [6]);
        yield return Weighted("ConvTranspose2d",
            "torch.conv_transpose2d(x, w, None, [2, 3], [0, 2], [1, 0], 3, [3, 1])", [2, 3, 3, 4], [3, 1, 2, 3]);
        yield return Weighted("ConvTranspose3d",
            "torch.conv_transpose3d(x, w, b, [2, 1, 3], [1, 0, 1], [1, 0, 2], 1, [1, 2, 1])",
            [1, 2, 3, 2, 3], [2, 3, 2, 2, 3], [3]);
    }

    private static IEnumerable<LayerCase> Attentions()
    {
        const string Attention = "torch.scaled_dot_product_attention(q, k, v, ";
        long[][] heads = [[2, 4, 5, 3], [2, 2, 6, 3], [2, 2, 6, 4]];
        yield return LayerCase.Script("fewer key heads, causal", "q, k, v",
            Attention + "None, 0.0, True, scale=None, enable_gqa=True)", heads);
        yield return LayerCase.Script("fewer key heads, masked", "q, k, v, m",
            Attention + "m, 0.0, False, scale=0.3, enable_gqa=True)", [.. heads, [2, 1, 5, 6]]);
        long[][] attention = [[24, 8], [8, 8]], linear = [[12, 8], [8, 12]];
        yield return LayerCase.Script("TransformerEncoderLayer without bias", "x, w, o, a, b, n, m",
            "x = norm(x + attention(x, x, w, o), n)\nnorm(x + torch.linear(torch.relu(torch.linear(x, a)), b), m)",
            [[2, 3, 8], .. attention, .. linear, [8], [8]]);
        yield return LayerCase.Script("TransformerEncoderLayer without bias, norm first", "x, w, o, a, b, n, m",
            "z = norm(x, n)\nx = x + attention(z, z, w, o)\n"
            + "x + torch.linear(torch.gelu(torch.linear(norm(x, m), a)), b)",
            [[2, 3, 8], .. attention, .. linear, [8], [8]]);
        yield return LayerCase.Script("TransformerDecoderLayer without bias", "x, y, w, o, r, s, a, b, n, m, l",
            "x = norm(x + attention(x, x, w, o), n)\nx = norm(x + attention(x, y, r, s), m)\n"
            + "norm(x + torch.linear(torch.relu(torch.linear(x, a)), b), l)",
            [[2, 3, 8], [2, 4, 8], .. attention, .. attention, .. linear, [8], [8], [8]]);
    }
}
