namespace Autodiff.Bench.Workloads;

/// <summary>A convolution of square images by square kernels, as wide as the image where the stride is 1.</summary>
internal sealed record ConvShape(int Kernel, int In, int Out, int Size, int Batch, int Stride = 1, int Groups = 1)
{
    /// <summary>Those of common networks: middle layers, first layers, a bottleneck, a depthwise one.</summary>
    public static IReadOnlyList<ConvShape> All { get; } =
    [
        new(3, 64, 64, 32, 32), new(3, 64, 64, 56, 16), new(3, 256, 256, 14, 8), new(3, 16, 32, 14, 64),
        new(3, 1, 16, 28, 64), new(1, 256, 64, 28, 8), new(7, 3, 64, 224, 8, Stride: 2),
        new(3, 64, 64, 56, 16, Groups: 64),
    ];

    public int Padding => Kernel / 2;

    public int OutSize => (Size + (2 * Padding) - Kernel) / Stride + 1;

    /// <summary>Multiplications and additions of the forward pass; each of the two gradients takes as many.</summary>
    public double Operations => 2.0 * Batch * Out * OutSize * OutSize * (In / Groups) * Kernel * Kernel;

    public string Key => $"conv-{Kernel}-{In}-{Out}-{Size}-{Batch}-{Stride}-{Groups}";

    public override string ToString() =>
        $"conv {Kernel}x{Kernel}{(Stride == 1 ? "" : $" stride {Stride}")}"
            + (Groups == 1 ? $", {In} to {Out}" : $" depthwise, {In}") + $", {Size}x{Size}, batch {Batch}";
}

/// <summary>An operation of one operand, in forward alone.</summary>
internal sealed record OperationShape(string Operation, int[] Shape)
{
    public const string Relu = "relu", Sigmoid = "sigmoid", Exp = "exp", Tanh = "tanh",
        TransposedCopy = "transposed copy", SumOfRows = "sum of rows", SumOfColumns = "sum of columns";

    /// <summary>Arrays in memory, arrays that caches hold, and matrices.</summary>
    public static IReadOnlyList<OperationShape> All { get; } =
    [
        new(Relu, [1 << 24]), new(Sigmoid, [1 << 24]), new(Exp, [1 << 24]), new(Tanh, [1 << 24]),
        new(Sigmoid, [1 << 16]), new(Exp, [1 << 16]), new(Tanh, [1 << 16]),
        new(TransposedCopy, [512, 1024]), new(SumOfRows, [512, 1024]), new(SumOfColumns, [512, 1024]),
    ];

    public string Key => $"{Operation}-{string.Join('x', Shape)}";

    public override string ToString() => $"{Operation} of " + Shape switch
    {
        [>= 1 << 20] => $"{Shape[0] >> 20} Mi",
        [_] => $"{Shape[0] >> 10} Ki",
        _ => string.Join('x', Shape),
    };
}

/// <summary>The sizes of the other layers that are compared, for both sides.</summary>
internal static class LayerShapes
{
    public const string MaxPool = "max-pool", BatchNorm = "batch-norm", Lstm = "lstm", Attention = "attention",
        Encoder = "encoder";

    /// <summary>The endings of the keys.</summary>
    public const string Forward = "/forward", ForwardAndBackward = "/both", Results = "/results";

    public const int LstmIn = 128, LstmHidden = 256, LstmBatch = 32, LstmSteps = 64;

    public const int EncoderFeatures = 256, EncoderHeads = 8, EncoderHidden = 1024, EncoderSteps = 64,
        EncoderBatch = 16;

    /// <summary>Of the max pool and of the batch norm.</summary>
    public static int[] Images => [32, 64, 56, 56];

    /// <summary>Of the query, the key and the value: batch, heads, steps, features a head.</summary>
    public static int[] Heads => [8, 8, 256, 64];

    /// <summary>The name in the table of each layer that is no convolution.</summary>
    public static IReadOnlyDictionary<string, string> Names { get; } = new Dictionary<string, string>
    {
        [MaxPool] = "max pool 2, 32x64x56x56",
        [BatchNorm] = "BatchNorm2d 64, 32x64x56x56",
        [Lstm] = "LSTM 128 to 256, batch 32, 64 steps",
        [Attention] = "causal attention, batch 8, 8 heads, T 256, 64 a head",
        [Encoder] = "transformer encoder layer 256/8/1024, T 64, batch 16",
    };
}
