using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// Where the operands of an attention lie, and what both its loops do alike. Distances count elements.
/// </summary>
internal unsafe struct AttentionOperands<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    /// <summary>Queries and keys of a block: the scores of one lie in the second-level cache.</summary>
    public const int QueryBlock = 64, KeyBlock = 128;

    public AttentionLoop Loop;
    public int B, H, G, L, S, E, F;
    public Heads Q, K, V_;
    public byte* Mask;
    public nint MaskBatch, MaskHead, MaskRow, MaskColumn;
    public int* Bits;
    public T Scale, Kept;

    /// <summary>Heads of one operand: where they begin, and how far they and their rows lie apart.</summary>
    internal struct Heads
    {
        public T* At;
        public nint Batch, Head, Row;

        public static Heads Of(byte* memory, in TensorView view)
        {
            long[] strides = view.Layout.Strides;
            return new()
            {
                At = (T*)memory + view.Offset, Batch = (nint)strides[0], Head = (nint)strides[1],
                Row = (nint)strides[2],
            };
        }

        public readonly T* this[nint batch, nint head, nint row] => At + batch * Batch + head * Head + row * Row;
    }

    public readonly int QueryBlocks => (L + QueryBlock - 1) / QueryBlock;

    public readonly int KeyBlocks => (S + KeyBlock - 1) / KeyBlock;

    /// <summary>The scores of all heads: how much there is to do.</summary>
    public readonly long Work => (long)B * H * L * S * 8;

    public static AttentionOperands<T, V> Of(
        in AttentionLoop loop, in TensorView q, in TensorView k, in TensorView v, byte* pq, byte* pk, byte* pv)
    {
        int[] queries = q.Layout.Dims, keys = k.Layout.Dims;
        return new()
        {
            Loop = loop, B = queries[0], H = queries[1], G = keys[1], L = queries[2], S = keys[2], E = queries[3],
            F = v.Layout.Dims[3], Q = Heads.Of(pq, q), K = Heads.Of(pk, k), V_ = Heads.Of(pv, v),
            Scale = T.CreateTruncating(loop.Scale), Kept = T.CreateTruncating(loop.Kept),
        };
    }

    /// <summary>Notes the mask and the bits of dropout, where they are.</summary>
    public void Read(byte* mask, in TensorView maskView, byte* bits, in TensorView bitsView)
    {
        if (Loop.MaskKind != AttentionMask.None)
        {
            long[] strides = maskView.Layout.Strides;
            Mask = mask + maskView.Offset * maskView.DType.SizeOf();
            (MaskBatch, MaskHead) = ((nint)strides[0], (nint)strides[1]);
            (MaskRow, MaskColumn) = ((nint)strides[2], (nint)strides[3]);
        }

        Bits = Loop.Kept == 0 ? null : (int*)bits + bitsView.Offset;
    }

    /// <summary>Keys of the block from <paramref name="j"/> on that any query before <paramref name="end"/>
    /// sees.</summary>
    public readonly int Keys(int j, int end) => Math.Min(KeyBlock, (Loop.IsCausal ? Math.Min(S, end) : S) - j);

    /// <summary>Of <paramref name="keys"/> keys from <paramref name="j"/> on, how many query
    /// <paramref name="row"/> sees.</summary>
    public readonly int Seen(int row, int j, int keys) => Loop.IsCausal ? Math.Clamp(row + 1 - j, 0, keys) : keys;

    /// <summary>What is added to the scores of a row, or null.</summary>
    /// <param name="b">The batch.</param>
    /// <param name="h">The head.</param>
    /// <param name="row">The query.</param>
    /// <param name="isFirst">Whether <paramref name="buffer"/> holds nothing of this block's yet.</param>
    /// <param name="j">The first key.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="buffer">Memory for the numbers where they do not lie as they are needed.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly T* Added(nint b, nint h, nint row, bool isFirst, nint j, int keys, T* buffer)
    {
        if (Loop.MaskKind == AttentionMask.None)
        {
            return null;
        }

        nint at = b * MaskBatch + h * MaskHead + row * MaskRow + j * MaskColumn;
        if (Loop.MaskKind == AttentionMask.Additive)
        {
            T* numbers = (T*)Mask + at;
            if (MaskColumn == 1)
            {
                return numbers;
            }

            for (int c = 0; c < keys; c++)
            {
                buffer[c] = numbers[c * MaskColumn];
            }

            return buffer;
        }

        if (isFirst || MaskRow != 0)
        {
            byte* flags = Mask + at;
            for (int c = 0; c < keys; c++)
            {
                buffer[c] = flags[c * MaskColumn] != 0 ? T.Zero : T.NegativeInfinity;
            }
        }

        return buffer;
    }

    /// <summary>Multiplies weights with the factors of dropout, where there is any.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="place">The place of the first one among all.</param>
    /// <param name="count">How many.</param>
    public readonly void Drop(T* weights, long place, int count)
    {
        if (Bits == null)
        {
            return;
        }

        for (int c = 0; c < count; c++, place++)
        {
            bool isKept = ((Bits[place >> 5] >> (int)(place & 31)) & 1) != 0;
            weights[c] = isKept ? weights[c] * Kept : T.Zero;
        }
    }

    /// <summary>The place of a row's first weight among all.</summary>
    public readonly long Place(nint b, nint h, nint row, nint j) => (((long)b * H + h) * L + row) * S + j;

    /// <summary>c (+)= a b on this thread.</summary>
    public static void Product(
        nint m, nint n, nint k, T* a, nint aRows, nint aColumns, T* b, nint bRows, nint bColumns, T* c, nint cRows,
        bool accumulate) =>
        BlockedGemm<T, V>.Run(
            new GemmProblem<T>(m, n, k, a, aRows, aColumns, b, bRows, bColumns, c, cRows, 1)
            {
                Accumulate = accumulate,
            });
}
