using System.Globalization;

namespace Autodiff.Tests.TorchSharp;

/// <summary>Batches of nothing: the shape of what comes out, and gradients of parameters that are zeros.</summary>
internal static class EmptyBatches
{
    public static IEnumerable<LayerCase> All => [.. Convolutions(), .. Pools(), .. Others(), .. Sequences()];

    private static LayerCase Of(string name, string operands, string script, params long[][] shapes) =>
        LayerCase.Script(name + " of nothing", operands, script, shapes);

    private static IEnumerable<LayerCase> Convolutions()
    {
        yield return Of("Conv1d", "x, w, b", "torch.conv1d(x, w, b, [2], [1])", [0, 3, 7], [2, 3, 3], [2]);
        yield return Of("Conv2d pointwise", "x, w, b", "torch.conv2d(x, w, b)", [0, 3, 4, 5], [2, 3, 1, 1], [2]);
        yield return Of("Conv2d depthwise", "x, w, b", "torch.conv2d(x, w, b, [1, 1], [1, 0], [1, 1], 3)",
            [0, 3, 4, 5], [6, 1, 3, 2], [6]);
        yield return Of("Conv2d circular", "x, w, b", "torch.conv2d(torch.pad(x, [1, 1, 1, 1], \"circular\"), w, b)",
            [0, 3, 4, 5], [2, 3, 3, 3], [2]);
        yield return Of("Conv3d", "x, w, b", "torch.conv3d(x, w, b, [1], [1], [2], 2)",
            [0, 4, 4, 5, 6], [2, 2, 2, 1, 3], [2]);
        yield return Of("ConvTranspose1d", "x, w, b", "torch.conv_transpose1d(x, w, b, [2], [1], [1])",
            [0, 3, 4], [3, 2, 3], [2]);
        yield return Of("ConvTranspose2d depthwise", "x, w, b",
            "torch.conv_transpose2d(x, w, b, [2], [0], [0], 3, [2])", [0, 3, 4, 2], [3, 1, 2, 2], [3]);
        yield return Of("ConvTranspose3d", "x, w, b", "torch.conv_transpose3d(x, w, b, [1, 2, 1])",
            [0, 2, 3, 2, 3], [2, 3, 2, 2, 1], [3]);
        yield return Of("Unfold", "x", "torch.im2col(x, [2, 3], [1, 1], [1, 0], [1, 1])", [0, 2, 4, 5]);
        yield return Of("Fold", "x", "torch.col2im(x, [4, 5], [2, 3], [1, 1], [0, 0], [1, 1])", [0, 12, 9]);
    }

    private static IEnumerable<LayerCase> Pools()
    {
        for (int d = 1; d <= 3; d++)
        {
            long[] shape = [0, 2, .. new long[] { 5, 4, 6 }[..d]];
            string twos = string.Join(", ", Enumerable.Repeat(2, d));
            string size = string.Join(", ", shape[2..].Select(n => n.ToString(CultureInfo.InvariantCulture)));
            yield return Of($"MaxPool{d}d", "x", $"torch.max_pool{d}d(x, [{twos}])", shape);
            yield return Of($"AvgPool{d}d", "x", $"torch.avg_pool{d}d(x, [{twos}])", shape);
            yield return Of($"AdaptiveAvgPool{d}d", "x", $"torch.adaptive_avg_pool{d}d(x, [{twos}])", shape);
            yield return Of($"AdaptiveMaxPool{d}d", "x", $"torch.adaptive_max_pool{d}d(x, [{twos}])[0]", shape);
            yield return Of($"LPPool{d}d", "x", $"torch.avg_pool{d}d(x * x, [{twos}]).mul({1 << d}).pow(0.5)", shape);
            yield return Of($"MaxUnpool{d}d", "x", $"y, at = torch.max_pool{d}d_with_indices(x, [{twos}])\n" + (d switch
            {
                1 => $"torch.max_unpool2d(y.unsqueeze(-1), at.unsqueeze(-1), [{size}, 1]).squeeze(-1)",
                2 => $"torch.max_unpool2d(y, at, [{size}])",
                _ => $"torch.max_unpool3d(y, at, [{size}], [2, 2, 2], [0, 0, 0])",
            }), shape);
            if (d > 1)
            {
                yield return Of($"FractionalMaxPool{d}d", "x", $"r = torch.zeros([0, 2, {d}], dtype=x.dtype)\n"
                    + $"torch.fractional_max_pool{d}d(x, [{twos}], [{twos}], r)[0]", shape);
            }
        }
    }

    private static IEnumerable<LayerCase> Others()
    {
        for (int d = 1; d <= 3; d++)
        {
            long[] shape = [0, 2, .. new long[] { 5, 4, 6 }[..d]];
            string pad = string.Join(", ", Enumerable.Repeat("1, 2", d));
            yield return Of($"ZeroPad{d}d", "x", $"torch.pad(x, [{pad}])", shape);
            yield return Of($"ReflectionPad{d}d", "x", $"torch.pad(x, [{pad}], \"reflect\")", shape);
            yield return Of($"ReplicationPad{d}d", "x", $"torch.pad(x, [{pad}], \"replicate\")", shape);
            yield return Of($"CircularPad{d}d", "x", $"torch.pad(x, [{pad}], \"circular\")", shape);
            yield return Of($"Dropout{d}d", "x", "torch.feature_dropout(x, 0.5, True)", shape);
        }

        yield return Of("AffineGrid", "x", "torch.affine_grid_generator(x, [0, 1, 3, 4], False)", [0, 2, 3]);
        yield return Of("AffineGrid of volumes", "x", "torch.affine_grid_generator(x, [0, 1, 2, 3, 4], True)",
            [0, 3, 4]);
        yield return Of("GridSample of volumes", "x, g", "torch.grid_sampler(x, g, 0, 0, False)",
            [0, 2, 3, 4, 5], [0, 2, 2, 3, 3]);
        yield return Of("ChannelShuffle", "x", "torch.channel_shuffle(x, 2)", [0, 4, 2, 3]);
        yield return Of("EmbeddingBag", "w", "n = torch.zeros([0], dtype=4)  # int64\n"
            + "torch.embedding_bag(w, n, n, False, 1)[0]", [6, 3]);
    }

    private static IEnumerable<LayerCase> Sequences()
    {
        const string State = "h = torch.zeros([1, 0, 2], dtype=x.dtype)\n";
        foreach ((string name, string call, int gates) in new[]
            { ("RNN", "rnn_tanh(x, h", 1), ("GRU", "gru(x, h", 3), ("LSTM", "lstm(x, [h, h]", 4) })
        {
            long[][] shapes = [[4, 0, 3], [2 * gates, 3], [2 * gates, 2], [2 * gates], [2 * gates]];
            yield return Of(name, "x, w, r, b, s",
                State + $"torch.{call}, [w, r, b, s], True, 1, 0.0, False, False, False)[0]", shapes);
            string cell = call.Replace("(", "_cell(", StringComparison.Ordinal);
            yield return Of(name + "Cell", "x, w, r, b, s", "h = torch.zeros([0, 2], dtype=x.dtype)\n"
                + $"torch.{cell}, w, r, b, s)" + (name == "LSTM" ? "[0]" : ""), [[0, 3], .. shapes[1..]]);
        }

        yield return Of("MultiheadAttention", "x, w, o", "attention(x, x, w, o)", [0, 5, 8], [24, 8], [8, 8]);
        yield return Of("MultiheadAttention over nothing else", "x, y, w, o", "attention(x, y, w, o)",
            [0, 5, 8], [0, 3, 8], [24, 8], [8, 8]);
        yield return Of("TransformerEncoderLayer", "x, w, o, a, b, n, m",
            "x = norm(x + attention(x, x, w, o), n)\nnorm(x + torch.linear(torch.relu(torch.linear(x, a)), b), m)",
            [0, 3, 8], [24, 8], [8, 8], [12, 8], [8, 12], [8], [8]);
        yield return Of("TransformerDecoderLayer", "x, y, w, o, r, s, a, b, n, m, l",
            "x = norm(x + attention(x, x, w, o), n)\nx = norm(x + attention(x, y, r, s), m)\n"
            + "norm(x + torch.linear(torch.relu(torch.linear(x, a)), b), l)",
            [0, 3, 8], [0, 4, 8], [24, 8], [8, 8], [24, 8], [8, 8], [12, 8], [8, 12], [8], [8], [8]);
    }
}
