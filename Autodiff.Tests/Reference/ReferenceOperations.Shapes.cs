using System.Text.Json;

namespace Autodiff.Tests.Reference;

public static partial class ReferenceOperations
{
    static partial void Shapes(Registry add)
    {
        Views(add);
        Joining(add);
        Gathering(add);
        add.Add("__getitem__", a => a.T(0)[[.. IndexEntries(a)]]);
    }

    private static void Views(Registry add)
    {
        foreach (string view in (string[])["reshape"])
        {
            add.Add(view, a => a.T(0).Reshape(a.IntsFrom(1)));
        }

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
        add.Add("stack", a => Tensor.Stack(a.Tensors(0), a.Int(1, "dim")));
        add.Add("hstack", a => Tensor.HStack(a.Tensors(0)));
        add.Add("vstack", a => Tensor.VStack(a.Tensors(0)));
    }

    private static void Gathering(Registry add)
    {
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
