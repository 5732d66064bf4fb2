using System.Numerics;

namespace Autodiff.Backends.Cpu;

/// <summary>Gather, scatter and sorting: one element at a time.</summary>
internal static unsafe class IndexLoops
{
    /// <summary>Visits every coordinate of <paramref name="index"/> in row-major order with its position in the indexed view and in the other one.</summary>
    public static void Gather<T>(T* x, Layout layout, int axis, long* index, Layout indexLayout, T* y, Layout yLayout) where T : unmanaged
    {
        foreach (Place place in new Places(indexLayout, layout, axis, yLayout))
        {
            y[place.Other] = x[place.Indexed + index[place.Index] * layout.Strides[axis]];
        }
    }

    public static void Scatter<T>(T* source, Layout sourceLayout, int axis, long* index, Layout indexLayout, T* y, Layout layout, bool add)
        where T : unmanaged, IAdditionOperators<T, T, T>
    {
        foreach (Place place in new Places(indexLayout, layout, axis, sourceLayout))
        {
            T* target = y + place.Indexed + index[place.Index] * layout.Strides[axis];
            *target = add ? *target + source[place.Other] : source[place.Other];
        }
    }

    /// <summary>The order that sorts a row: NaN last (first when descending), equal elements as they stood.</summary>
    public static void SortRow<T>(ReadOnlySpan<T> row, bool descending, Span<long> order) where T : unmanaged, INumber<T>
    {
        T[] keys = row.ToArray();
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        order.Sort((i, j) =>
        {
            T a = keys[i], b = keys[j];
            int relation = T.IsNaN(a) || T.IsNaN(b) ? T.IsNaN(a).CompareTo(T.IsNaN(b)) : a.CompareTo(b);
            return relation == 0 ? i.CompareTo(j) : descending ? -relation : relation;
        });
    }

    private readonly record struct Place(long Index, long Indexed, long Other);

    private ref struct Places(Layout index, Layout indexed, int axis, Layout other)
    {
        private readonly int[] _at = new int[index.Rank];
        private long _left = index.Count;
        private long _i, _x, _y;
        private bool _started;

        public readonly Place Current => new(_i, _x, _y);

        public readonly Places GetEnumerator() => this;

        public bool MoveNext()
        {
            if (--_left < 0)
            {
                return false;
            }

            if (!_started)
            {
                return _started = true;
            }

            for (int d = index.Rank - 1; d >= 0; d--)
            {
                long step = d == axis ? 0 : indexed.Strides[d];
                if (++_at[d] < index.Dims[d])
                {
                    _i += index.Strides[d];
                    _x += step;
                    _y += other.Strides[d];
                    return true;
                }

                _at[d] = 0;
                _i -= (index.Dims[d] - 1) * index.Strides[d];
                _x -= (index.Dims[d] - 1) * step;
                _y -= (index.Dims[d] - 1) * other.Strides[d];
            }

            return true;
        }
    }
}
