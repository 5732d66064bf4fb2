using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>Gather and scatter: by rows where the index allows it, else one element at a time.</summary>
internal static unsafe class IndexLoops
{
    public static void Gather<T>(in TensorView x, int dim, in TensorView index, in TensorView y) where T : unmanaged
    {
        Places places = new(index.Layout, x.Layout, dim, y.Layout);
        long along = x.Layout.Strides[dim];
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* px = &x.Memory(use), pi = &index.Memory(use), py = &y.Memory(use))
        {
            while (places.MoveNext())
            {
                T* from = (T*)px + x.Offset + places.Indexed, to = (T*)py + y.Offset + places.Other;
                long* which = (long*)pi + index.Offset + places.Index;
                if (places.Block == 1)
                {
                    for (long i = 0; i < places.Run; i++, from += places.IndexedStep, to += places.OtherStep,
                        which += places.IndexStep)
                    {
                        *to = from[*which * along];
                    }
                }
                else
                {
                    for (long i = 0; i < places.Run; i++, from += places.IndexedStep, to += places.OtherStep,
                        which += places.IndexStep)
                    {
                        CopyLoops.CopyBlock(from + *which * along, to, places.Block);
                    }
                }
            }
        }
    }

    /// <summary>Each row written over, or added to, what stands at its position, in the order of the source.</summary>
    public static void Scatter<T>(in TensorView source, int dim, in TensorView index, in TensorView y, bool add)
        where T : unmanaged, IAdditionOperators<T, T, T>
    {
        Places places = new(index.Layout, y.Layout, dim, source.Layout);
        long along = y.Layout.Strides[dim];
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* ps = &source.Memory(use), pi = &index.Memory(use), py = &y.Memory(use))
        {
            while (places.MoveNext())
            {
                T* from = (T*)ps + source.Offset + places.Other, to = (T*)py + y.Offset + places.Indexed;
                long* which = (long*)pi + index.Offset + places.Index;
                for (long i = 0; i < places.Run; i++, from += places.OtherStep, to += places.IndexedStep,
                    which += places.IndexStep)
                {
                    T* target = to + *which * along;
                    if (!add)
                    {
                        CopyLoops.CopyBlock(from, target, places.Block);
                        continue;
                    }

                    for (long k = 0; k < places.Block; k++)
                    {
                        target[k] += from[k];
                    }
                }
            }
        }
    }

    /// <summary>
    /// Every coordinate of the index in row-major order, with its position in the index, in the indexed view and in the
    /// other one. Where the index does not change over trailing dimensions that lie side by side in both views, they
    /// are one block; the last of the remaining dimensions is left to the caller's loop.
    /// </summary>
    public ref struct Places
    {
        private readonly Layout _index, _indexed, _other;
        private readonly int _dim, _rank;
        private fixed int _at[Layout.MaxRank];
        private bool _started;

        public Places(Layout index, Layout indexed, int dim, Layout other)
        {
            (_index, _indexed, _dim, _other, Block) = (index, indexed, dim, other, 1);
            int d = index.Rank - 1;
            for (; d > dim; d--)
            {
                int size = index.Dims[d];
                if (size != 1 && !(index.Strides[d] == 0 && indexed.Strides[d] == Block && other.Strides[d] == Block))
                {
                    break;
                }

                Block *= size;
            }

            while (d > 0 && index.Dims[d] == 1)
            {
                d--; // a dimension of one element is no loop
            }

            _rank = d;
            Run = index.Count == 0 ? 0 : index.Dims[d];
            (IndexStep, IndexedStep, OtherStep) = (index.Strides[d], d == dim ? 0 : indexed.Strides[d],
                other.Strides[d]);
        }

        /// <summary>How many elements go together.</summary>
        public readonly long Block { get; }

        /// <summary>How many blocks the current place begins.</summary>
        public readonly long Run { get; }

        public readonly long IndexStep { get; }

        public readonly long IndexedStep { get; }

        public readonly long OtherStep { get; }

        public long Index { get; private set; }

        public long Indexed { get; private set; }

        public long Other { get; private set; }

        public bool MoveNext()
        {
            if (!_started)
            {
                _started = true;
                return Run > 0;
            }

            for (int d = _rank - 1; d >= 0; d--)
            {
                long step = d == _dim ? 0 : _indexed.Strides[d];
                Index += _index.Strides[d];
                Indexed += step;
                Other += _other.Strides[d];
                if (++_at[d] < _index.Dims[d])
                {
                    return true;
                }

                _at[d] = 0;
                Index -= _index.Dims[d] * _index.Strides[d];
                Indexed -= _index.Dims[d] * step;
                Other -= _index.Dims[d] * _other.Strides[d];
            }

            return false;
        }
    }
}
