namespace Autodiff.Nn;

/// <summary>Whether the operands of an attention fit, and how they become heads, [B, H, L, E].</summary>
internal sealed class AttentionShapes
{
    private const string Operation = nameof(Functional.ScaledDotProductAttention);

    // What query, key and value have before their last two dimensions; the heads of keys apart where they are fewer.
    private readonly int[] _batch, _ofKeys;
    private readonly DType _type;
    private readonly int _queries, _keys;

    public AttentionShapes(Tensor query, Tensor key, Tensor value, Tensor? attnMask, bool isCausal, bool enableGqa)
    {
        _type = query.DType;
        string shapes = $"query {query.Shape}, key {key.Shape}, value {value.Shape}";
        foreach (Tensor x in new[] { query, key, value })
        {
            if (x.Rank < 2)
            {
                throw new ArgumentException(
                    $"{Operation}: query, key and value need at least the dimensions [length, features]; {shapes}.",
                    nameof(query));
            }

            if (!x.DType.IsFloatingPoint() || x.DType != _type || x.Device != query.Device)
            {
                throw new ArgumentException(
                    $"{Operation}: query, key and value must be of one floating type on one device; they are "
                        + $"{query.DType.DisplayName()} on {query.Device}, {key.DType.DisplayName()} on {key.Device} "
                        + $"and {value.DType.DisplayName()} on {value.Device}.", nameof(query));
            }
        }

        if (query.Size(-1) != key.Size(-1))
        {
            throw new ArgumentException(
                $"{Operation}: queries have {query.Size(-1)} features and keys {key.Size(-1)}; they must be as many "
                    + $"({shapes}).", nameof(key));
        }

        (_queries, _keys) = (query.Size(-2), key.Size(-2));
        if (_keys != value.Size(-2))
        {
            throw new ArgumentException(
                $"{Operation}: there are {_keys} keys and {value.Size(-2)} values; there must be one for each "
                    + $"({shapes}).", nameof(value));
        }

        int[] q = query.Shape.ToArray()[..^2], k = key.Shape.ToArray()[..^2], v = value.Shape.ToArray()[..^2];
        if (enableGqa)
        {
            if (q.Length == 0 || k.Length == 0 || v.Length == 0 || k[^1] != v[^1] || k[^1] == 0 || q[^1] % k[^1] != 0)
            {
                throw new ArgumentException(
                    $"{Operation}: with enableGqa the heads of queries must be a multiple of those of keys, and these "
                        + $"as many as those of values, in the third to last dimension; {shapes}.", nameof(key));
            }

            int[] outer = Common(q[..^1], k[..^1], v[..^1], shapes);
            (_batch, _ofKeys) = ([.. outer, q[^1]], [.. outer, k[^1]]);
        }
        else
        {
            _batch = _ofKeys = Common(q, k, v, shapes);
        }

        Check(attnMask, query, isCausal);
    }

    /// <summary>The dimensions of the result before its last two.</summary>
    public IReadOnlyList<int> Batch => _batch;

    /// <summary>Query, key or value as [B, H, length, features].</summary>
    public Tensor Heads(Tensor x)
    {
        int[] batch = x.Rank > 2 && _ofKeys.Length > 0 && x.Size(-3) == _ofKeys[^1] ? _ofKeys : _batch;
        return Flat(x, batch);
    }

    /// <summary>The mask with the rank of the scores, of the queries' type if it is numbers.</summary>
    public Tensor Mask(Tensor mask)
    {
        mask = mask.DType == DType.Bool ? mask : mask.To(_type);
        mask = mask.Rank < 2 ? mask.Reshape(1, -1) : mask;
        if (_batch.Length > 2)
        {
            return Flat(mask, _batch);
        }

        int[] dims = [.. Enumerable.Repeat(1, _batch.Length + 2 - mask.Rank), .. mask.Shape.ToArray()];
        return mask.Reshape(_batch.Length switch
        {
            0 => [1, 1, .. dims],
            1 => [1, .. dims],
            _ => dims,
        });
    }

    private static Tensor Flat(Tensor x, int[] batch)
    {
        (int rows, int columns) = (x.Size(-2), x.Size(-1));
        int heads = batch.Length == 0 ? 1 : batch[^1];
        int count = batch.Length == 0 ? 1 : batch[..^1].Aggregate(1, static (a, b) => checked(a * b));
        x = x.Expand([.. batch, rows, columns]);
        return batch.Length == 2 ? x : x.Reshape(count, heads, rows, columns);
    }

    private static int[] Common(int[] q, int[] k, int[] v, string shapes)
    {
        int[] dims = new int[Math.Max(q.Length, Math.Max(k.Length, v.Length))];
        for (int i = 1; i <= dims.Length; i++)
        {
            int common = 1;
            foreach (int[] each in new[] { q, k, v })
            {
                int size = i <= each.Length ? each[^i] : 1;
                if (size != 1 && common != 1 && size != common)
                {
                    throw new ArgumentException(
                        $"{Operation}: the dimensions before the last two do not broadcast; {shapes}. For fewer heads "
                            + "of keys than of queries pass enableGqa: true.", nameof(q));
                }

                common = size == 1 ? common : size;
            }

            dims[^i] = common;
        }

        return dims;
    }

    private void Check(Tensor? attnMask, Tensor query, bool isCausal)
    {
        if (attnMask is null)
        {
            return;
        }

        if (isCausal)
        {
            throw new ArgumentException(
                $"{Operation}: attnMask and isCausal exclude each other; put the causal mask into attnMask.",
                nameof(attnMask));
        }

        if (!attnMask.DType.IsFloatingPoint() && attnMask.DType != DType.Bool)
        {
            throw new ArgumentException(
                $"{Operation}: attnMask is bool (true: the query sees the key) or of a floating type (added to the "
                    + $"scores), not {attnMask.DType.DisplayName()}.", nameof(attnMask));
        }

        if (attnMask.Device != query.Device)
        {
            throw new ArgumentException(
                $"{Operation}: attnMask is on {attnMask.Device} and the query on {query.Device}.", nameof(attnMask));
        }

        int[] scores = [.. _batch, _queries, _keys], dims = attnMask.Shape.ToArray();
        bool fits = dims.Length <= scores.Length;
        for (int i = 1; fits && i <= dims.Length; i++)
        {
            fits = dims[^i] == 1 || dims[^i] == scores[^i];
        }

        if (!fits)
        {
            throw new ArgumentException(
                $"{Operation}: attnMask {attnMask.Shape} does not broadcast to the scores "
                    + $"[{string.Join(", ", scores)}].",
                nameof(attnMask));
        }
    }
}
