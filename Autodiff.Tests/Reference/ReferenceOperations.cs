using Autodiff.Nn;

namespace Autodiff.Tests.Reference;

/// <summary>How each of PyTorch's operators is spelled here. One file a family registers its operators.</summary>
public static partial class ReferenceOperations
{
    private static readonly Dictionary<string, Func<ReferenceArguments, Tensor[]>> Table = Build();

    /// <summary>The results of an operator; null where it is not registered.</summary>
    public static Func<ReferenceArguments, Tensor[]>? Find(string operation) => Table.GetValueOrDefault(operation);

    // Undefined at zero, where PyTorch gives NaN and the rules here 0; and for orders 1 and infinity the fixture holds
    // what memory held, as PyTorch left the (zero) second gradient unset.
    private static readonly string[] WithoutSecondOrder = ["linalg.norm/subgradients_at_zero", "linalg.vector_norm",
        "nn.functional.l1_loss"];

    /// <summary>Whether the fixture's second gradients of an operator are an answer to compare with.</summary>
    public static bool HasSecondOrder(string operation) => !WithoutSecondOrder.Contains(operation);

    // Each family's file gives its method a body; a family that is absent registers nothing.
    static partial void Elementwise(Registry add);

    static partial void Shapes(Registry add);

    static partial void Reductions(Registry add);

    static partial void Nn(Registry add);

    static partial void Sampling(Registry add);
    static partial void Convolutions(Registry add);

    private static Dictionary<string, Func<ReferenceArguments, Tensor[]>> Build()
    {
        Registry registry = new();
        registry.Add("sum", a => a.T(0).Sum(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        registry.Add("arange", a => a.Has(1, "end")
            ? Tensor.Arange(a.Double(0), a.Double(1, "end"), a.Double(2, "step", 1), DType.Float64)
            : Tensor.Arange(0, a.Double(0), 1, DType.Float64));
        registry.Add("linspace", a => Tensor.Linspace(a.Double(0), a.Double(1), a.Int(2), DType.Float64));
        registry.Add("eye", a => Tensor.Eye(a.Int(0), a.Count > 1 ? a.Int(1) : null, DType.Float64));
        registry.Add("view", a => a.T(0).Reshape(a.IntsFrom(1)));
        registry.Add("view_as", a => a.T(0).ReshapeAs(a.T(1)));
        registry.Add("nn.functional.unfold",
            a => Functional.Unfold(a.T(0), a.Int(1), a.Int(2), a.Ints(3)[0], a.Int(4)));
        Elementwise(registry);
        Shapes(registry);
        Reductions(registry);
        Nn(registry);
        Sampling(registry);
        Convolutions(registry);
        return registry.Table;
    }

    /// <summary>Collects operators: <c>add.Add("exp", a => a.T(0).Exp());</c></summary>
    public sealed class Registry
    {
        internal Dictionary<string, Func<ReferenceArguments, Tensor[]>> Table { get; } = [];

        public void Add(string operation, Func<ReferenceArguments, Tensor> call) => Table[operation] = a => [call(a)];

        public void Many(string operation, Func<ReferenceArguments, Tensor[]> call) => Table[operation] = call;
    }
}
