namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The tensors one behind the other along dimension <paramref name="dim"/> (<c>torch.cat</c>). Other sizes must
    /// agree; types are promoted.
    /// </summary>
    /// <param name="tensors">At least one. Vectors of no elements are passed over, as in PyTorch.</param>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    /// <exception cref="ArgumentException">There are no tensors, or shapes differ elsewhere.</exception>
    public static Tensor Cat(ReadOnlySpan<Tensor> tensors, int dim = 0)
    {
        if (tensors.Length == 0)
        {
            throw new ArgumentException("Cat: there must be at least one tensor.", nameof(tensors));
        }

        Tensor first = tensors[0];
        foreach (Tensor t in tensors)
        {
            if (!IsNothing(t))
            {
                first = t;
                break;
            }
        }

        int d = first.Dimension(nameof(Cat), dim);
        long length = 0;
        int[] starts = new int[tensors.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            Tensor t = tensors[i];
            RequireSameDevice(nameof(Cat), first, t);
            starts[i] = (int)length;
            if (!IsNothing(t) || first.Rank == 1)
            {
                RequireJoinable(nameof(Cat), first, t, i, d);
                length += t._layout.Dims[d];
            }
        }

        DType type = TypePromotion.Result(tensors);
        int[] dims = Sizes.Checked(nameof(Cat), [.. first._layout.Dims[..d], length, .. first._layout.Dims[(d + 1)..]],
            type);
        Tensor y = Empty(Layout.Contiguous(dims), type, first.Device);
        for (int i = 0; i < tensors.Length; i++)
        {
            if (tensors[i].ElementCount > 0)
            {
                y.Backend.Copy(tensors[i].View, y.Slice(d, starts[i], tensors[i]._layout.Dims[d]).View);
            }
        }

        if (Recording.Needed(tensors))
        {
            Func<Tensor, Tensor?>[] rules = new Func<Tensor, Tensor?>[tensors.Length];
            for (int i = 0; i < rules.Length; i++)
            {
                int start = starts[i], size = tensors[i].Rank > d ? tensors[i]._layout.Dims[d] : 0;
                bool passedOver = IsNothing(tensors[i]) && first.Rank != 1;
                rules[i] = g => passedOver ? null : g.Slice(d, start, size);
            }

            y.Record("Cat", "each operand: its part of g", tensors, rules);
        }

        return y;

        static bool IsNothing(Tensor t) => t.Rank == 1 && t.ElementCount == 0;
    }

    /// <summary>
    /// The tensors side by side along a new dimension <paramref name="dim"/> of the result (<c>torch.stack</c>). All
    /// shapes agree.
    /// </summary>
    /// <exception cref="ArgumentException">There are no tensors, or shapes differ.</exception>
    public static Tensor Stack(ReadOnlySpan<Tensor> tensors, int dim = 0)
    {
        if (tensors.Length == 0)
        {
            throw new ArgumentException("Stack: there must be at least one tensor.", nameof(tensors));
        }

        int d = WrapDim(nameof(Stack), dim, tensors[0].Rank + 1);
        for (int i = 1; i < tensors.Length; i++)
        {
            RequireJoinable(nameof(Stack), tensors[0], tensors[i], i, free: -1);
        }

        return Cat(Array.ConvertAll(Typed(tensors), t => t.Unsqueeze(d)), d);
    }

    /// <summary>
    /// The tensors, and plain numbers as elements of their type on their device: with dimensions they would count as
    /// tensors.
    /// </summary>
    private static Tensor[] Typed(ReadOnlySpan<Tensor> tensors)
    {
        Tensor[] all = tensors.ToArray();
        Device device = (Array.Find(all, t => !t.IsNumber) ?? all[0]).Device;
        DType type = TypePromotion.Result(tensors);
        return Array.ConvertAll(all, t => t.IsNumber ? t.To(type).To(device) : t);
    }

    /// <summary>Vectors one behind the other; else joined along dimension 1 (columns).</summary>
    public static Tensor HStack(params ReadOnlySpan<Tensor> tensors)
    {
        Tensor[] raised = AtLeast(1, tensors);
        return Cat(raised, raised is [{ Rank: 1 }, ..] ? 0 : 1);
    }

    /// <summary>Vectors as rows under each other; else joined along dimension 0.</summary>
    public static Tensor VStack(params ReadOnlySpan<Tensor> tensors) => Cat(AtLeast(2, tensors), 0);

    /// <summary>Joined along dimension 2; vectors and matrices get it first.</summary>
    public static Tensor DStack(params ReadOnlySpan<Tensor> tensors) => Cat(AtLeast(3, tensors), 2);

    /// <summary>NumPy's atleast_1d, _2d, _3d.</summary>
    private static Tensor[] AtLeast(int rank, ReadOnlySpan<Tensor> tensors) => Array.ConvertAll(Typed(tensors), t =>
    {
        t = t.Rank == 0 ? t.Reshape(1) : t;
        t = t.Rank == 1 && rank >= 2 ? t.Unsqueeze(0) : t;
        return t.Rank == 2 && rank >= 3 ? t.Unsqueeze(2) : t;
    });

    private static void RequireJoinable(string operation, Tensor first, Tensor other, int position, int free)
    {
        bool fits = first.Rank == other.Rank;
        for (int d = 0; fits && d < first.Rank; d++)
        {
            fits = d == free || first._layout.Dims[d] == other._layout.Dims[d];
        }

        if (!fits)
        {
            string rule = free >= 0 ? $"shapes must agree except in dim {free}" : "shapes must agree";
            throw new ArgumentException(
                $"{operation}: {rule}; tensor 0 is {first.Describe()}, tensor {position} is {other.Describe()}.");
        }
    }
}
