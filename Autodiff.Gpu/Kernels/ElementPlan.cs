using System.Runtime.CompilerServices;

namespace Autodiff.Gpu.Kernels;

/// <summary>How an operand lies along the fastest dimension of an <see cref="ElementPlan"/>.</summary>
internal enum AccessPattern : byte
{
    /// <summary>Neighbours are neighbours in memory.</summary>
    Linear,

    /// <summary>One element for the whole row; rows differ.</summary>
    Repeated,

    /// <summary>A step other than one.</summary>
    Strided,

    /// <summary>One element for all.</summary>
    Single,
}

/// <summary>
/// What a kernel needs to know of the places of its operands: dimensions in which all of them walk evenly are one, the
/// order of the others is the result's in memory, and every distance fits in 32 bits.
/// </summary>
/// <remarks>
/// Operands have the plan's shape already (steps of zero where they are repeated); the last is the result.
/// </remarks>
internal ref struct ElementPlan
{
    private readonly Span<int> _dims;
    private readonly Span<long> _strides; // of operand k along dimension d: [k * MaxRank + d]

    /// <summary>The plan of operands of one shape.</summary>
    /// <param name="layouts">Their layouts, the result's last.</param>
    /// <param name="dims">Room for <see cref="Layout.MaxRank"/> sizes.</param>
    /// <param name="strides">Room for as many steps of each operand.</param>
    /// <param name="keepOrder">Whether the dimensions stay in the order in which they are named.</param>
    public ElementPlan(ReadOnlySpan<Layout> layouts, Span<int> dims, Span<long> strides, bool keepOrder = false)
    {
        _dims = dims;
        _strides = strides;
        Operands = layouts.Length;
        Layout result = layouts[^1];
        Count = result.Count;
        bool straight = true;
        foreach (Layout layout in layouts)
        {
            straight &= layout.IsContiguous;
        }

        if (straight)
        {
            Rank = 1;
            dims[0] = (int)Math.Min(Count, int.MaxValue);
            for (int k = 0; k < Operands; k++)
            {
                Stride(k, 0) = 1;
            }

            return;
        }

        for (int d = 0; d < result.Rank; d++)
        {
            if (result.Dims[d] != 1)
            {
                Insert(layouts, d, keepOrder);
            }
        }

        Merge();
    }

    /// <summary>How many dimensions are left, at least one.</summary>
    public int Rank { get; private set; }

    public int Operands { get; }

    public long Count { get; }

    public readonly ReadOnlySpan<int> Dims => _dims[..Rank];

    /// <summary>The step of operand k along dimension d, in elements.</summary>
    public readonly ref long Stride(int k, int d) => ref _strides[k * Layout.MaxRank + d];

    /// <summary>
    /// Whether no index and no distance from an operand's first element is above <paramref name="most"/>.
    /// </summary>
    public readonly bool Fits(long most)
    {
        bool fits = Count <= most;
        for (int k = 0; k < Operands; k++)
        {
            long reach = 0;
            for (int d = 0; d < Rank; d++)
            {
                reach += Math.Abs(Stride(k, d)) * (_dims[d] - 1);
            }

            fits &= reach <= most;
        }

        return fits;
    }

    /// <summary>How operand k lies along the fastest dimension.</summary>
    public readonly AccessPattern PatternOf(int k)
    {
        switch (Stride(k, Rank - 1))
        {
            case 1: return AccessPattern.Linear;
            case 0:
                for (int d = 0; d < Rank - 1; d++)
                {
                    if (Stride(k, d) != 0)
                    {
                        return AccessPattern.Repeated;
                    }
                }

                return AccessPattern.Single;
            default: return AccessPattern.Strided;
        }
    }

    // Dimensions from the result's largest step to its smallest; equal steps keep their order.
    private void Insert(ReadOnlySpan<Layout> layouts, int dimension, bool keepOrder)
    {
        long step = Math.Abs(layouts[^1].Strides[dimension]);
        int at = Rank++;
        for (; !keepOrder && at > 0 && Math.Abs(Stride(Operands - 1, at - 1)) < step; at--)
        {
            _dims[at] = _dims[at - 1];
            for (int k = 0; k < Operands; k++)
            {
                Stride(k, at) = Stride(k, at - 1);
            }
        }

        _dims[at] = layouts[^1].Dims[dimension];
        for (int k = 0; k < Operands; k++)
        {
            Stride(k, at) = layouts[k].Strides[dimension];
        }
    }

    private void Merge()
    {
        int rank = 0;
        for (int d = 0; d < Rank; d++)
        {
            if (rank > 0 && Continues(rank - 1, d))
            {
                _dims[rank - 1] *= _dims[d];
            }
            else
            {
                _dims[rank++] = _dims[d];
            }

            for (int k = 0; k < Operands; k++)
            {
                Stride(k, rank - 1) = Stride(k, d);
            }
        }

        if (rank == 0)
        {
            _dims[rank++] = 1;
            for (int k = 0; k < Operands; k++)
            {
                Stride(k, 0) = 1;
            }
        }

        Rank = rank;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool Continues(int outer, int inner)
    {
        if ((long)_dims[outer] * _dims[inner] > int.MaxValue)
        {
            return false;
        }

        for (int k = 0; k < Operands; k++)
        {
            if (Stride(k, outer) != Stride(k, inner) * _dims[inner])
            {
                return false;
            }
        }

        return true;
    }
}
