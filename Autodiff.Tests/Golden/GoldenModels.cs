using Autodiff.Nn;
using Autodiff.Tests.Optimizers;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Golden;

/// <summary>What the golden hashes are taken of: losses, layers, optimizers, random streams, training.</summary>
internal static class GoldenModels
{
    /// <summary>Losses of scores x [12, 5], numbers y [12, 5], probabilities p and q [12, 5], classes c [12].</summary>
    public static readonly (string Name, Func<Operands, Tensor> Function)[] Losses =
    [
        ("MSE", o => F.MSELoss(o.X, o.Y)), ("MSE sum", o => F.MSELoss(o.X, o.Y, Reduction.Sum)),
        ("L1", o => F.L1Loss(o.X, o.Y)),
        ("SmoothL1", o => F.SmoothL1Loss(o.X, o.Y, beta: 0.7)), ("Huber", o => F.HuberLoss(o.X, o.Y, delta: 0.7)),
        ("BCE", o => F.BCELoss(o.P, o.Q)), ("BCE weighted", o => F.BCELoss(o.P, o.Q, Reduction.Mean, o.P.Detach())),
        ("BCEWithLogits", o => F.BCEWithLogitsLoss(o.X, o.Q)),
        ("BCEWithLogits posWeight", o => F.BCEWithLogitsLoss(o.X, o.Q, posWeight: o.Q[0])),
        ("CrossEntropy", o => F.CrossEntropyLoss(o.X, o.C)), ("CrossEntropy soft", o => F.CrossEntropyLoss(o.X, o.Q)),
        ("CrossEntropy smoothed", o => F.CrossEntropyLoss(o.X, o.C, weight: o.Q[0], labelSmoothing: 0.1)),
        ("NLL", o => F.NLLLoss(o.X.LogSoftmax(1), o.C)), ("KLDiv", o => F.KLDivLoss(o.X.LogSoftmax(1), o.Q)),
        ("PoissonNLL", o => F.PoissonNLLLoss(o.X, o.P)), ("GaussianNLL", o => F.GaussianNLLLoss(o.X, o.Y, o.P)),
        ("HingeEmbedding", o => F.HingeEmbeddingLoss(o.X, o.Sign)), ("SoftMargin", o => F.SoftMarginLoss(o.X, o.Sign)),
        ("MarginRanking", o => F.MarginRankingLoss(o.X, o.Y, o.Sign, 0.2)),
        ("TripletMargin", o => F.TripletMarginLoss(o.X, o.Y, o.P)),
        ("CosineEmbedding", o => F.CosineEmbeddingLoss(o.X, o.Y, o.Sign.Select(1, 0), 0.1)),
    ];

    /// <summary>Layers with parameters drawn from seed 0, and the shape of what they are fed.</summary>
    public static readonly (string Name, Func<Module> Make, int[] Shape)[] Layers =
    [
        ("Linear", () => new Linear(7, 5), [9, 7]), ("Linear wide", () => new Linear(300, 130), [65, 300]),
        ("LayerNorm", () => new LayerNorm(new int[] { 7 }), [9, 7]),
        ("BatchNorm1d", () => new BatchNorm1d(7), [9, 7]), ("BatchNorm1d 3-D", () => new BatchNorm1d(7), [4, 7, 11]),
        ("GroupNorm", () => new GroupNorm(2, 6), [4, 6, 5]),
        ("PReLU", () => new PReLU(7), [9, 7]), ("Dropout", () => new Dropout(0.3), [9, 7]),
        ("GELU", () => new GELU(), [9, 7]), ("SiLU", () => new SiLU(), [9, 7]),
        ("ELU", () => new ELU(-0.5), [9, 7]), ("LeakyReLU", () => new LeakyReLU(-0.2), [9, 7]),
        ("CELU", () => new CELU(2), [9, 7]), ("Mish", () => new Mish(), [9, 7]),
        ("Softplus", () => new Softplus(2, 5), [9, 7]), ("Softmax", () => new Softmax(1), [9, 7]),
        ("GLU", () => new GLU(1), [9, 8]),
        ("network",
            () => new Sequential(new Linear(7, 33), new ReLU(), new BatchNorm1d(33), new Linear(33, 3), new Tanh()),
            [40, 7]),
    ];

    public static readonly (string Name, Func<int, Tensor> Draw)[] Streams =
    [
        ("Rand", n => Tensor.Rand([n], generator: new TorchGenerator(1))),
        ("Randn", n => Tensor.Randn([n], generator: new TorchGenerator(2))),
        ("Randn float64", n => Tensor.Randn([n], DType.Float64, generator: new TorchGenerator(3))),
        ("RandInt", n => Tensor.RandInt(10, [n], generator: new TorchGenerator(4))),
        ("RandPerm", n => Tensor.RandPerm(n, generator: new TorchGenerator(5))),
        ("Philox Rand", n => Tensor.Rand([n], generator: new PhiloxGenerator(6))),
        ("Philox Randn", n => Tensor.Randn([n], generator: new PhiloxGenerator(7))),
    ];

    public static readonly (string Name, Func<IEnumerable<Tensor?>> Run)[] Trainings =
    [
        ("SGD eager", () => Train(p => new SGD(p, 0.05, 0.9), compiled: false)),
        ("SGD compiled", () => Train(p => new SGD(p, 0.05, 0.9), compiled: true)),
        ("Adam eager", () => Train(p => new Adam(p, 0.01), compiled: false)),
        ("Adam compiled", () => Train(p => new Adam(p, 0.01), compiled: true)),
        ("AdamW eager", () => Train(p => new AdamW(p, 0.01), compiled: false)),
        ("RMSprop eager", () => Train(p => new RMSprop(p, 0.01), compiled: false)),
    ];

    public static IEnumerable<Tensor?> Loss(Func<Operands, Tensor> loss, DType type)
    {
        Operands operands = new(type);
        Tensor value = loss(operands);
        return [value,
            .. Autograd.Grad([value.Sum()], [operands.X, operands.Y, operands.P, operands.Q], allowUnused: true)];
    }

    public static IEnumerable<Tensor?> Layer(Func<Module> make, int[] shape)
    {
        Tensor.ManualSeed(0);
        Module module = make();
        Tensor x = GoldenInputs.Numbers(shape.Aggregate(1, (n, size) => n * size), -2, 2, 21).To(DType.Float32)
            .Reshape(shape).RequireGrad();
        Tensor y = module.Forward(x);
        Tensor[] leaves = [x, .. module.Parameters()];
        Tensor g = GoldenInputs.Numbers((int)y.ElementCount, -1, 2, 22).To(DType.Float32).Reshape(y.Shape.ToArray());
        return [y, .. Autograd.Grad([y], leaves, [g])];
    }

    public static IEnumerable<Tensor?> Trajectory(OptimizerRun run, DType type)
    {
        Tensor p = Tensor.From(run.Start).To(type).RequireGrad();
        Optimizer optimizer = OptimizerFixture.Make(run.Optimizer, run.Options, p);
        List<Tensor?> places = [];
        for (int step = 0; step < Math.Min(run.Trajectory.Length, 10); step++)
        {
            optimizer.Step(() =>
            {
                optimizer.ZeroGrad();
                Tensor loss = OptimizerFixture.Objective(run.Objective, p);
                loss.Backward();
                return loss;
            });
            places.Add(p.Detach().Clone());
        }

        return places;
    }

    private static IEnumerable<Tensor?> Train(Func<IEnumerable<Tensor>, Optimizer> make, bool compiled)
    {
        Tensor.ManualSeed(3);
        var model = new Sequential(new Linear(20, 50), new ReLU(), new Linear(50, 10));
        Optimizer optimizer = make(model.Parameters());
        Tensor x = GoldenInputs.Numbers(64 * 20, -1, 1, 31).To(DType.Float32).Reshape(64, 20),
            y = Tensor.Arange(64) % 10;
        Func<Tensor, Tensor, Tensor> step = (input, target) =>
        {
            Tensor loss = F.CrossEntropyLoss(model.Forward(input), target);
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
            return loss;
        };
        using CompiledStep? replayed = compiled ? new CompiledStep(step) : null;
        List<Tensor?> losses = [];
        for (int i = 0; i < 20; i++)
        {
            losses.Add((replayed is null ? step(x, y) : replayed.Run(x, y)).Detach().Clone());
        }

        return [.. losses, .. model.Parameters()];
    }

    /// <summary>The operands of a loss, all leaves.</summary>
    internal sealed class Operands(DType type)
    {
        public Tensor X { get; } = Draw(type, -3, 3, 41);

        public Tensor Y { get; } = Draw(type, -3, 3, 42);

        public Tensor P { get; } = Draw(type, 0.02, 0.98, 43);

        public Tensor Q { get; } = Draw(type, 0.02, 0.98, 44);

        public Tensor C { get; } = Tensor.Arange(12) % 5;

        public Tensor Sign { get; } = (Draw(type, -1, 1, 45).Detach().Sign() + 0.5).Sign();

        private static Tensor Draw(DType type, double low, double high, int seed) =>
            GoldenInputs.Numbers(60, low, high, seed).To(type).Reshape(12, 5).Clone().RequireGrad();
    }
}
