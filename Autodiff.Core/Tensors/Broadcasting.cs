namespace Autodiff;

/// <summary>NumPy's rule of shapes: aligned at the last dimension, sizes agree or one of them is 1.</summary>
internal static class Broadcasting
{
    /// <summary>
    /// The row-major layout of the shape that <paramref name="a"/> and <paramref name="b"/> broadcast to.
    /// </summary>
    public static Layout Result(string operation, Layout a, Layout b)
    {
        if (a.SameShape(b))
        {
            return a.IsContiguous ? a : b.AsContiguous();
        }

        int[] dims = new int[Math.Max(a.Rank, b.Rank)];
        for (int i = 1; i <= dims.Length; i++)
        {
            int p = i <= a.Rank ? a.Dims[^i] : 1, q = i <= b.Rank ? b.Dims[^i] : 1;
            if (p != q && p != 1 && q != 1)
            {
                throw new ArgumentException(Explain(operation, a, b, dims.Length - i, p, q));
            }

            dims[^i] = p == 1 ? q : p;
        }

        return dims.AsSpan().SequenceEqual(a.Dims) ? a.AsContiguous()
            : dims.AsSpan().SequenceEqual(b.Dims) ? b.AsContiguous()
            : Layout.Contiguous(dims);
    }

    /// <summary>Whether <paramref name="from"/> broadcasts to exactly <paramref name="to"/>.</summary>
    public static bool CanExpand(Layout from, Layout to)
    {
        if (from.Rank > to.Rank)
        {
            return false;
        }

        for (int i = 1; i <= from.Rank; i++)
        {
            if (from.Dims[^i] != to.Dims[^i] && from.Dims[^i] != 1)
            {
                return false;
            }
        }

        return true;
    }

    private static string Explain(string operation, Layout a, Layout b, int dim, int p, int q)
    {
        string hint = "";
        if (a.Rank == b.Rank + 1 && a.Dims.AsSpan(0, b.Rank).SequenceEqual(b.Dims))
        {
            hint = $" Did you mean b.Unsqueeze({b.Rank})?";
        }
        else if (b.Rank == a.Rank + 1 && b.Dims.AsSpan(0, a.Rank).SequenceEqual(a.Dims))
        {
            hint = $" Did you mean a.Unsqueeze({a.Rank})?";
        }

        return $"{operation}: shapes {a.Shape} and {b.Shape} do not broadcast (dim {dim}: {p} against {q}).{hint}";
    }
}
