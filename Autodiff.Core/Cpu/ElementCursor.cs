using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// Walks a view in row-major order and hands out its elements in contiguous runs of the computing type: a pointer into
/// the tensor where it lies so already, else a small buffer that it fills (converting, striding, repeating). So each
/// operation needs only one kind of loop.
/// </summary>
internal unsafe struct ElementCursor<T> where T : unmanaged, INumber<T>
{
    private const int ShortRun = 64;

    private fixed long _dims[Layout.MaxRank];
    private fixed long _strides[Layout.MaxRank];
    private fixed long _index[Layout.MaxRank];
    private int _rank;
    private byte* _base;
    private long _position; // element offset of the current index from _base
    private DType _type;
    private bool _same;
    private bool _filled;

    /// <summary>
    /// A cursor over <paramref name="view"/>, whose storage begins at <paramref name="memory"/> and stays pinned
    /// meanwhile.
    /// </summary>
    public void Start(in TensorView view, byte* memory, long skip)
    {
        _type = view.DType;
        _same = _type == DTypes.Of<T>();
        _base = memory + view.Offset * _type.SizeOf();
        Collapse(view.Layout);
        _position = 0;
        _filled = false;
        for (int d = _rank - 1; d >= 0; d--)
        {
            _index[d] = skip % _dims[d];
            skip /= _dims[d];
            _position += _index[d] * _strides[d];
        }
    }

    /// <summary>
    /// The next <paramref name="count"/> elements, in place or gathered into <paramref name="buffer"/>.
    /// </summary>
    public T* Read(int count, T* buffer)
    {
        if (IsDirect(count))
        {
            T* here = (T*)_base + _position;
            Advance(count);
            return here;
        }

        if (Repeats(count))
        {
            if (!_filled)
            {
                Fill(buffer, count);
                _filled = true; // chunks never grow, so one filling serves the whole walk
            }

            return buffer;
        }

        if (_same && _dims[_rank - 1] <= ShortRun)
        {
            ReadShortRuns(count, buffer);
            return buffer;
        }

        for (int done = 0; done < count;)
        {
            int run = (int)Math.Min(count - done, _dims[_rank - 1] - _index[_rank - 1]);
            Load(buffer + done, _strides[_rank - 1], run);
            Advance(run);
            done += run;
        }

        return buffer;
    }

    /// <summary>
    /// Where to write the next elements: the tensor itself if it lies so, else the buffer, which <see cref="Write"/>
    /// must then unload.
    /// </summary>
    public readonly T* Target(int count, T* buffer) => IsDirect(count) ? (T*)_base + _position : buffer;

    /// <summary>
    /// Moves past elements written to <paramref name="target"/>, unloading them if that was the buffer.
    /// </summary>
    public void Write(int count, T* target)
    {
        if (IsDirect(count))
        {
            Advance(count);
            return;
        }

        for (int done = 0; done < count;)
        {
            int run = (int)Math.Min(count - done, _dims[_rank - 1] - _index[_rank - 1]);
            Store(target + done, _strides[_rank - 1], run);
            Advance(run);
            done += run;
        }
    }

    /// <summary>How many elements a view holds before it repeats them over and over; 1 where it does not.</summary>
    public static int Period(Layout layout)
    {
        long period = 1;
        int d = layout.Rank - 1;
        for (; d >= 0 && (layout.Strides[d] != 0 || layout.Dims[d] == 1); d--)
        {
            period *= layout.Dims[d];
        }

        for (int outer = d; outer >= 0; outer--)
        {
            if (layout.Strides[outer] != 0 && layout.Dims[outer] > 1)
            {
                return 1;
            }
        }

        return d >= 0 ? (int)Math.Min(period, int.MaxValue) : 1;
    }

    /// <summary>
    /// Whether each chunk of <paramref name="count"/> holds the same elements: whole rows of a repeated row, or one
    /// number.
    /// </summary>
    private readonly bool Repeats(int count) => _strides[0] == 0
        && (_rank == 1 || (_rank == 2 && _index[1] == 0 && (_filled || count % _dims[1] == 0)));

    private void Fill(T* buffer, int count)
    {
        if (_rank == 1)
        {
            Load(buffer, 0, count);
            return;
        }

        int row = (int)_dims[1];
        Load(buffer, _strides[1], row);
        for (int done = row; done < count; done += row)
        {
            Unsafe.CopyBlockUnaligned(buffer + done, buffer, (uint)(row * sizeof(T)));
        }
    }

    /// <summary>
    /// Elements of the own type in runs too short for a call each: a column repeated along short rows, a narrow
    /// transpose.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadShortRuns(int count, T* buffer)
    {
        int last = _rank - 1;
        long stride = _strides[last], dim = _dims[last], index = _index[last];
        T* from = (T*)_base + _position, end = buffer + count;
        while (buffer < end)
        {
            int run = (int)Math.Min(end - buffer, dim - index);
            if (stride == 0)
            {
                T value = *from;
                for (int i = 0; i < run; i++)
                {
                    buffer[i] = value;
                }
            }
            else
            {
                for (int i = 0; i < run; i++)
                {
                    buffer[i] = from[i * stride];
                }
            }

            buffer += run;
            index += run;
            from += run * stride;
            if (index == dim && last > 0)
            {
                index = 0;
                from += _strides[last - 1] - dim * stride;
                _index[last - 1]++;
                for (int d = last - 1; d > 0 && _index[d] == _dims[d]; d--)
                {
                    from += _strides[d - 1] - _dims[d] * _strides[d];
                    _index[d] = 0;
                    _index[d - 1]++;
                }
            }
        }

        _index[last] = index;
        _position = from - (T*)_base;
    }

    public readonly bool IsDirect(int count) =>
        _same && _strides[_rank - 1] == 1 && _dims[_rank - 1] - _index[_rank - 1] >= count;

    private void Advance(long count)
    {
        int d = _rank - 1;
        _position += count * _strides[d];
        _index[d] += count;
        while (_index[d] == _dims[d] && d > 0)
        {
            _position += _strides[d - 1] - _dims[d] * _strides[d];
            _index[d] = 0;
            _index[--d]++;
        }
    }

    private void Collapse(Layout layout)
    {
        _rank = 0;
        for (int i = 0; i < layout.Rank; i++)
        {
            long dim = layout.Dims[i], stride = layout.Strides[i];
            if (dim == 1)
            {
                continue;
            }

            if (_rank > 0 && _strides[_rank - 1] == stride * dim)
            {
                _dims[_rank - 1] *= dim;
                _strides[_rank - 1] = stride;
            }
            else
            {
                _dims[_rank] = dim;
                _strides[_rank++] = stride;
            }
        }

        if (_rank == 0)
        {
            _dims[0] = 1;
            _strides[0] = 1;
            _rank = 1;
        }
    }

    private readonly void Load(T* target, long stride, int count)
    {
        switch (_type)
        {
            case DType.Float32: Load((float*)_base + _position, stride, target, count); break;
            case DType.Float64: Load((double*)_base + _position, stride, target, count); break;
            case DType.Int64: Load((long*)_base + _position, stride, target, count); break;
            case DType.Int32: Load((int*)_base + _position, stride, target, count); break;
            default:
                int unpacked = stride == 1 ? ElementConversion.Unpack(_base + _position, target, count) : 0;
                Load(_base + _position + unpacked * stride, stride, target + unpacked, count - unpacked);
                break;
        }
    }

    private static void Load<TFrom>(TFrom* source, long stride, T* target, int count)
        where TFrom : unmanaged, INumber<TFrom>
    {
        if (stride == 1 && typeof(TFrom) == typeof(T))
        {
            Unsafe.CopyBlockUnaligned(target, source, (uint)(count * sizeof(T)));
            return;
        }

        if (stride == 0)
        {
            new Span<T>(target, count).Fill(Convert<TFrom, T>(*source));
            return;
        }

        for (int i = stride == 1 ? ElementConversion.Round(source, target, count) : 0; i < count; i++)
        {
            target[i] = Convert<TFrom, T>(source[i * stride]);
        }
    }

    private readonly void Store(T* source, long stride, int count)
    {
        switch (_type)
        {
            case DType.Float32: Store(source, (float*)_base + _position, stride, count); break;
            case DType.Float64: Store(source, (double*)_base + _position, stride, count); break;
            case DType.Int64: Store(source, (long*)_base + _position, stride, count); break;
            case DType.Int32: Store(source, (int*)_base + _position, stride, count); break;
            default:
                byte* target = _base + _position;
                if (stride == 1)
                {
                    ElementConversion.PackAll(source, target, count);
                    break;
                }

                for (int i = 0; i < count; i++)
                {
                    target[i * stride] = source[i] == T.Zero ? (byte)0 : (byte)1;
                }

                break;
        }
    }

    private static void Store<TTo>(T* source, TTo* target, long stride, int count) where TTo : unmanaged, INumber<TTo>
    {
        for (int i = stride == 1 ? ElementConversion.Round(source, target, count) : 0; i < count; i++)
        {
            target[i * stride] = Convert<T, TTo>(source[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTo Convert<TFrom, TTo>(TFrom value)
        where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged, INumber<TTo> =>
        typeof(TFrom) == typeof(TTo) ? Unsafe.BitCast<TFrom, TTo>(value)
        : typeof(TFrom) == typeof(float) || typeof(TFrom) == typeof(double) ? TTo.CreateSaturating(value)
        : TTo.CreateTruncating(value); // between integers, wraps
}
