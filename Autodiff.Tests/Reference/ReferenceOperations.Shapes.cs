using System.Text.Json;

namespace Autodiff.Tests.Reference;

public static partial class ReferenceOperations
{
    static partial void Shapes(Registry add)
    {
        Views(add);
        Joining(add);
        Gathering(add);
        Ordering(add);
        add.Add("arange", a => Tensor.Arange(a.Double(0), a.Double(1, "end"), a.Double(2, "step", 1), DType.Float64));
        add.Add("linspace", a => Tensor.Linspace(a.Double(0), a.Double(1), a.Int(2), DType.Float64));
        add.Add("eye", a => Tensor.Eye(a.Int(0), a.Has(1) ? a.Int(1) : null, DType.Float64));
        add.Add("__getitem__", a => a.T(0)[[.. IndexEntries(a)]]);
    }

    private static void Views(Registry add)
    {
        add.Add("reshape", a => a.T(0).Reshape(a.IntsFrom(1)));
        add.Add("view", a => a.T(0).View(a.IntsFrom(1)));
        add.Add("view_as", a => a.T(0).ViewAs(a.T(1)));
        add.Add("reshape_as", a => a.T(0).ReshapeAs(a.T(1)));
        add.Add("transpose", a => a.T(0).Transpose(a.Int(1), a.Int(2)));
        add.Add("permute", a => a.T(0).Permute(a.IntsFrom(1)));
        add.Add("t", a => a.T(0).T);
        add.Add("T", a => a.T(0).T);
        add.Add("squeeze", a => a.Has(1, "dim") ? a.T(0).Squeeze(a.Int(1, "dim")) : a.T(0).Squeeze());
        add.Add("unsqueeze", a => a.T(0).Unsqueeze(a.Int(1, "dim")));
        add.Add("expand", a => a.T(0).Expand(a.IntsFrom(1)));
        add.Add("expand_as", a => a.T(0).ExpandAs(a.T(1)));
        add.Add("broadcast_to", a => a.T(0).BroadcastTo(a.IntsFrom(1)));
        add.Add("flatten", a => a.T(0).Flatten(a.Int(1, "start_dim"), a.Int(2, "end_dim", -1)));
        add.Add("unflatten", a => a.T(0).Unflatten(a.Int(1, "dim"), a.Ints(2, "sizes")));
        add.Add("movedim", a => a.T(0).MoveDim(a.Ints(1), a.Ints(2)));
        add.Add("diag", a => a.T(0).Diag(a.Int(1, "diagonal")));
        add.Add("diagonal", a => a.T(0).Diagonal(a.Int(1, "offset"), a.Int(2, "dim1"), a.Int(3, "dim2", 1)));
        add.Add("diag_embed", a => a.T(0).DiagEmbed(a.Int(1, "offset"), a.Int(2, "dim1", -2), a.Int(3, "dim2", -1)));
        add.Add("trace", a => a.T(0).Trace());
        add.Add("tril", a => a.T(0).Tril(a.Int(1, "diagonal")));
        add.Add("triu", a => a.T(0).Triu(a.Int(1, "diagonal")));
        add.Add("narrow", a => a.T(0).Narrow(a.Int(1), a.IsTensor(2) ? a.T(2).Item<int>() : a.Int(2), a.Int(3)));
        add.Add("select", a => a.T(0).Select(a.Int(1), a.Int(2)));
        add.Many("unbind", a => a.T(0).Unbind(a.Int(1)));
        add.Many("split", a => a.T(0).Split(a.Int(1), a.Int(2, "dim")));
        add.Many("split/list_args", a => a.T(0).Split(a.Ints(1), a.Int(2, "dim")));
        add.Many("chunk", a => a.T(0).Chunk(a.Int(1), a.Int(2, "dim")));
        add.Many("tensor_split", a => a.IsTensor(1) ? a.T(0).TensorSplit(a.T(1).ToArray<int>(), a.Int(2))
            : a.IsList(1) ? a.T(0).TensorSplit(a.Ints(1), a.Int(2)) : a.T(0).TensorSplit(a.Int(1), a.Int(2)));
    }

    private static void Joining(Registry add)
    {
        add.Add("cat", a => Tensor.Cat(a.Tensors(0), a.Int(1, "dim")));
        add.Add("repeat", a => a.T(0).Repeat(a.IntsFrom(1)));
        add.Add("tile", a => a.T(0).Tile(a.IntsFrom(1)));
        add.Add("repeat_interleave", a => a.IsTensor(1, "repeats")
            ? a.T(0).RepeatInterleave(a.T(1, "repeats"), a.Has(2, "dim") ? a.Int(2, "dim") : null)
            : a.T(0).RepeatInterleave(a.Int(1, "repeats"), a.Has(2, "dim") ? a.Int(2, "dim") : null));
        add.Many("meshgrid/list_of_tensors", a => Tensor.Meshgrid(Mesh(a), a.Tensors(0)));
        add.Many("meshgrid/variadic_tensors",
            a => Tensor.Meshgrid(Mesh(a), [.. Enumerable.Range(0, a.Count).Select(i => a.T(i))]));
        foreach (PadMode mode in Enum.GetValues<PadMode>())
        {
            add.Add($"nn.functional.pad/{mode.ToString().ToLowerInvariant()}",
                a => a.T(0).Pad(a.Ints(1), mode, a.Double(3, "value")));
        }

        add.Add("roll", a => !a.Has(2, "dims") ? a.T(0).Roll(a.Int(1)) : a.T(0).Roll(a.Ints(1), a.Ints(2)));
        add.Add("flip", a => a.T(0).Flip(a.Ints(1, "dims")));
        add.Add("fliplr", a => a.T(0).FlipLr());
        add.Add("flipud", a => a.T(0).FlipUd());
        add.Add("rot90",
            a => a.Has(2, "dims")
                ? a.T(0).Rot90(a.Int(1), a.Ints(2)[0], a.Ints(2)[1])
                : a.T(0).Rot90(a.Int(1, "k", 1)));
        add.Add("stack", a => Tensor.Stack(a.Tensors(0), a.Int(1, "dim")));
        add.Add("hstack", a => Tensor.HStack(a.Tensors(0)));
        add.Add("vstack", a => Tensor.VStack(a.Tensors(0)));
    }

    private static MeshIndexing Mesh(ReferenceArguments a) =>
        Enum.Parse<MeshIndexing>(a.String(-1, "indexing", "ij"), ignoreCase: true);

    private static void Ordering(Registry add)
    {
        add.Many("sort",
            a => a.T(0).Sort(a.Int(1, "dim", -1), a.Bool(2, "descending")) is var (values, indices)
                ? [values, indices]
                : []);
        add.Add("argsort", a => a.T(0).ArgSort(a.Int(1, "dim", -1), a.Bool(2, "descending")));
        add.Many("topk",
            a => a.T(0).TopK(a.Int(1), a.Int(2, "dim", -1), a.Bool(3, "largest", true)) is var (values, indices)
                ? [values, indices]
                : []);
        add.Many("unique", a =>
        {
            UniqueElements u = a.T(0).Unique(a.Has(-1, "dim") ? a.Int(-1, "dim") : null);
            return [u.Values, .. a.Bool(-1, "return_inverse") ? (Tensor[])[u.Inverse] : [],
                .. a.Bool(-1, "return_counts") ? (Tensor[])[u.Counts] : []];
        });
        add.Add("searchsorted",
            a =>
                Tensor.SearchSorted(a.T(0), a.T(1), a.Bool(-1, "right") || a.String(-1, "side") == "right",
                    a.OptionalTensor(-1, "sorter"))
            .To(a.Bool(-1, "out_int32") ? DType.Int32 : DType.Int64));
        add.Add("bucketize",
            a => a.T(0).Bucketize(a.T(1), a.Bool(-1, "right")).To(a.Bool(-1, "out_int32") ? DType.Int32 : DType.Int64));
    }

    private static void Gathering(Registry add)
    {
        add.Add("scatter", a => a.T(0).Scatter(a.Int(1), a.T(2), a.T(3)));
        add.Add("scatter_add", a => a.T(0).ScatterAdd(a.Int(1), a.T(2), a.T(3)));
        add.Add("index_add", a => a.T(0).IndexAdd(a.Int(1), a.T(2), a.T(3), a.Double(-1, "alpha", 1)));
        add.Add("index_fill", a => a.T(0).IndexFill(a.Int(1), a.T(2), a.T(3)));
        add.Add("take", a => a.T(0).Take(a.T(1)));
        add.Add("take_along_dim", a => a.T(0).TakeAlongDim(a.T(1), a.Has(2, "dim") ? a.Int(2, "dim") : null));
        add.Add("masked_select", a => a.T(0).MaskedSelect(a.T(1)));

        add.Add("gather", a => a.T(0).Gather(a.Int(1), a.T(2)));
        add.Add("index_select", a => a.T(0).IndexSelect(a.Int(1), a.T(2)));
        add.Add("masked_fill", a => a.T(0).MaskedFill(a.T(1), a.T(2)));
        add.Add("nn.functional.embedding", a => Tensor.Embedding(a.T(1), a.T(0)));
    }

    /// <summary>PyTorch's samples write positions as lists of ints, of which one may stand for a whole tuple.</summary>
    private static IEnumerable<TensorIndex> IndexEntries(ReferenceArguments a)
    {
        JsonElement[] entries = [.. ReferenceArguments.Items(a.Find(1)!.Value)];
        if (entries.All(entry => entry.ValueKind == JsonValueKind.Number))
        {
            yield return entries.Select(i => i.GetInt32()).ToArray();
            yield break;
        }

        foreach (JsonElement entry in entries)
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("list", out JsonElement list))
            {
                yield return list.EnumerateArray().Select(i => i.GetInt32()).ToArray();
            }
            else if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("slice", out _))
            {
                yield return ..;
            }
            else
            {
                yield return a.ToTensor(entry);
            }
        }
    }
}
