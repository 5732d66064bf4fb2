using System.Numerics;
using System.Runtime.InteropServices;

namespace Autodiff.Cpu;

/// <summary>
/// The order of a row: numbers become unsigned keys that compare alike, so that sorting is the framework's sort of
/// integers.
/// </summary>
internal static class SortLoops
{
    /// <summary>
    /// The order that sorts a row, or its beginning where <paramref name="order"/> is shorter: NaN last (first when
    /// descending), equal elements as they stood.
    /// </summary>
    public static void Order<T>(ReadOnlySpan<T> row, bool descending, Span<long> order, ref ulong[] keys)
        where T : unmanaged, INumber<T>
    {
        if (keys.Length < row.Length)
        {
            keys = new ulong[row.Length];
        }

        Span<ulong> used = keys.AsSpan(0, row.Length);
        ulong flip = descending ? ulong.MaxValue : 0;
        if (order.Length < row.Length / 4)
        {
            First(row, flip, order);
            return;
        }

        if (typeof(T) == typeof(float) || typeof(T) == typeof(int))
        {
            // Key and position share one word, so equal keys stay in order.
            for (int i = 0; i < used.Length; i++)
            {
                used[i] = (((Key(row[i]) ^ flip) & uint.MaxValue) << 32) | (uint)i;
            }

            used.Sort();
            for (int i = 0; i < order.Length; i++)
            {
                order[i] = (long)(used[i] & uint.MaxValue);
            }

            return;
        }

        for (int i = 0; i < used.Length; i++)
        {
            used[i] = Key(row[i]) ^ flip;
        }

        Span<int> places = new int[row.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = i;
        }

        used.Sort(places);
        for (int i = 0; i < used.Length;)
        {
            int end = i + 1;
            while (end < used.Length && used[end] == used[i])
            {
                end++;
            }

            places[i..end].Sort(); // equal keys, in whatever order the sort left them
            i = end;
        }

        for (int i = 0; i < order.Length; i++)
        {
            order[i] = places[i];
        }
    }

    /// <summary>The beginning of the order, kept in a heap whose top is the last of those found so far.</summary>
    private static void First<T>(ReadOnlySpan<T> row, ulong flip, Span<long> order) where T : unmanaged, INumber<T>
    {
        if (order.Length == 0)
        {
            return;
        }

        Entry[] heap = new Entry[order.Length];
        for (int i = 0; i < row.Length; i++)
        {
            Entry entry = new(Key(row[i]) ^ flip, i);
            if (i < heap.Length)
            {
                heap[i] = entry;
                if (i == heap.Length - 1)
                {
                    Array.Sort(heap);
                    Array.Reverse(heap);
                }
            }
            else if (entry.CompareTo(heap[0]) < 0)
            {
                int hole = 0;
                for (int child; (child = 2 * hole + 1) < heap.Length; hole = child)
                {
                    child += child + 1 < heap.Length && heap[child].CompareTo(heap[child + 1]) < 0 ? 1 : 0;
                    if (entry.CompareTo(heap[child]) >= 0)
                    {
                        break;
                    }

                    heap[hole] = heap[child];
                }

                heap[hole] = entry;
            }
        }

        Array.Sort(heap);
        for (int i = 0; i < heap.Length; i++)
        {
            order[i] = heap[i].Place;
        }
    }

    private static ulong Key<T>(T value) where T : unmanaged, INumber<T>
    {
        if (T.IsNaN(value))
        {
            return ulong.MaxValue;
        }

        value += T.Zero; // -0 becomes +0
        if (typeof(T) == typeof(float) || typeof(T) == typeof(int))
        {
            int bits = MemoryMarshal.Cast<T, int>(new ReadOnlySpan<T>(ref value))[0];
            return typeof(T) == typeof(float) && bits < 0 ? ~(uint)bits : (uint)bits ^ 0x8000_0000u;
        }
        else
        {
            long bits = MemoryMarshal.Cast<T, long>(new ReadOnlySpan<T>(ref value))[0];
            return typeof(T) == typeof(double) && bits < 0 ? ~(ulong)bits : (ulong)bits ^ 0x8000_0000_0000_0000ul;
        }
    }

    private readonly struct Entry(ulong key, long place) : IComparable<Entry>
    {
        private readonly ulong _key = key;

        public long Place { get; } = place;

        public int CompareTo(Entry other) =>
            _key != other._key ? _key.CompareTo(other._key) : Place.CompareTo(other.Place);
    }
}
