using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>The processor's backend: SIMD loops over pooled memory.</summary>
internal sealed unsafe class CpuBackend : IBackend, IFusingBackend
{
    public Storage Allocate(long byteLength) => CpuStorage.Allocate(byteLength);

    public void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset)
    {
        using MemoryUse use = MemoryUse.Begin();
        source.CopyTo(((CpuStorage)target).Bytes(use, byteOffset, source.Length));
    }

    public void Read(Storage source, long byteOffset, Span<byte> target)
    {
        using MemoryUse use = MemoryUse.Begin();
        ((CpuStorage)source).Bytes(use, byteOffset, target.Length).CopyTo(target);
    }

    public void Map<TOp>(TOp op, ReadOnlySpan<TensorView> operands, in TensorView y, DType compute)
        where TOp : unmanaged, IFormula =>
        ElementDriver.Run(
            ElementLoops.Of<TOp>(compute), &ElementLoops.Of<TOp>, &ElementLoops.EffortOf<TOp>, &op, operands, y,
            compute);

    public void Fill(in TensorView y, Constant value)
    {
        if (!y.Layout.IsContiguous)
        {
            bool isBool = y.DType == DType.Bool;
            Constant number = isBool ? new(value.Double == 0 ? 0L : 1L) : value;
            Map(new Of1<Everywhere>(new(number)), [y], y, isBool ? DType.Int32 : y.DType);
            return;
        }

        switch (y.DType)
        {
            case DType.Float32: FillRun(y, value.Single); break;
            case DType.Float64: FillRun(y, value.Double); break;
            case DType.Int64: FillRun(y, value.Integer); break;
            case DType.Int32: FillRun(y, int.CreateSaturating(value.Integer)); break;
            default: FillRun(y, value.Double == 0 ? (byte)0 : (byte)1); break;
        }
    }

    public void Copy(in TensorView x, in TensorView y)
    {
        if (x.DType == y.DType)
        {
            if (x.Layout.IsContiguous && y.Layout.IsContiguous)
            {
                CopyRun(x, y);
                return;
            }

            switch (x.DType.SizeOf())
            {
                case 8: CopyStrided<long>(x, y); break;
                case 4: CopyStrided<int>(x, y); break;
                default: CopyStrided<byte>(x, y); break;
            }

            return;
        }

        // The widest type of the two passes every value through unharmed, with one rounding; bool is computed as int32.
        Map(default(Of1<Identity>), [x], y, DTypes.Promote(DTypes.Promote(x.DType, y.DType), DType.Int32));
    }

    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IReduction =>
        ((delegate*<TOp, in TensorView, in TensorView, int, void>)Lanes.Loop<ReduceLoop<TOp>>(compute))(op, x, y,
            reduced);

    public void Finish<TOp>(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IScaledReduction =>
        ((delegate*<TOp, in TensorView, in TensorView, in TensorView, int, void>)Lanes.FloatLoop<FinishLoop<TOp>>(
            compute))(op, sums, x, y, reduced);

    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction
    {
        // Floating types accumulate in double, as PyTorch's do.
        DType accumulator = compute.IsFloatingPoint() ? DType.Float64 : DType.Int64;
        ((delegate*<TOp, in TensorView, in TensorView, void>)Lanes.Loop<ScanLoop<TOp>>(accumulator))(op, x, y);
    }

    public void ArgReduce(bool largest, in TensorView x, in TensorView indices)
    {
        if (largest)
        {
            ArgReduce(Folds.Max, x, indices);
        }
        else
        {
            ArgReduce(Folds.Min, x, indices);
        }
    }

    public void Normalize(NormalizerKind kind, in TensorView x, in TensorView y) =>
        ((delegate*<NormalizerKind, in TensorView, in TensorView, void>)Lanes.FloatLoop<NormalizeLoop>(x.DType))(kind,
            x, y);

    public void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y) =>
        CpuMatMul.Run(a, b, bias, y);

    public void Convolve(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias) =>
        CpuConvolution.Run(geometry, wanted, input, weight, output, bias);

    public void Gather(in TensorView x, int dim, in TensorView index, in TensorView y)
    {
        switch (x.DType.SizeOf())
        {
            case 8: IndexLoops.Gather<long>(x, dim, index, y); break;
            case 4: IndexLoops.Gather<int>(x, dim, index, y); break;
            default: IndexLoops.Gather<byte>(x, dim, index, y); break;
        }
    }

    public void Scatter(in TensorView source, int dim, in TensorView index, in TensorView y, bool add)
    {
        switch (y.DType)
        {
            case DType.Float32: ScatterReal<float>(source, dim, index, y, add); break;
            case DType.Float64: ScatterReal<double>(source, dim, index, y, add); break;
            case DType.Int64: IndexLoops.Scatter<long>(source, dim, index, y, add); break;
            case DType.Int32: IndexLoops.Scatter<int>(source, dim, index, y, add); break;
            default: IndexLoops.Scatter<Flag>(source, dim, index, y, add); break;
        }
    }

    public void Sort(in TensorView x, bool descending, in TensorView values, in TensorView indices)
    {
        switch (x.DType)
        {
            case DType.Float32: Sort<float>(x, descending, values, indices); break;
            case DType.Float64: Sort<double>(x, descending, values, indices); break;
            case DType.Int64: Sort<long>(x, descending, values, indices); break;
            default: Sort<int>(x, descending, values, indices); break;
        }
    }

    public void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule
    {
        foreach (ref readonly UpdateOperands each in operands)
        {
            UpdateDriver.Run<TRule>(coefficients, each);
        }
    }

    public bool TryFuse<TLoop>(in TLoop loop, int written, ReadOnlySpan<TensorView> views)
        where TLoop : struct, IFusedLoop
    {
        FusedLoops.Run(loop, views);
        return true;
    }

    private static void FillRun<T>(in TensorView y, T value) where T : unmanaged
    {
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* memory = &y.Memory(use))
        {
            T* target = (T*)memory + y.Offset;
            if (!NonTemporal.IsFasterFor((byte*)target, y.Count * sizeof(T)))
            {
                new Span<T>(target, (int)y.Count).Fill(value);
                return;
            }

            T* pattern = stackalloc T[NonTemporal.PatternBytes / sizeof(T)];
            new Span<T>(pattern, NonTemporal.PatternBytes / sizeof(T)).Fill(value);
            NonTemporal.FillLarge((byte*)pattern, (byte*)target, y.Count * sizeof(T));
        }
    }

    private static void CopyRun(in TensorView x, in TensorView y)
    {
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* source = &x.Memory(use), target = &y.Memory(use))
        {
            long size = x.DType.SizeOf(), bytes = x.Count * size;
            byte* from = source + x.Offset * size, to = target + y.Offset * size;
            if (!ReferenceEquals(x.Storage, y.Storage) && NonTemporal.IsFasterFor(to, bytes))
            {
                NonTemporal.CopyLarge(from, to, bytes);
            }
            else
            {
                Buffer.MemoryCopy(from, to, bytes, bytes);
            }
        }
    }

    private static void ArgReduce<TOp>(TOp op, in TensorView x, in TensorView indices)
        where TOp : unmanaged, IReduction =>
        ((delegate*<TOp, in TensorView, in TensorView, void>)Lanes.Loop<ArgReduceLoop<TOp>>(x.DType))(op, x, indices);

    private static void CopyStrided<T>(in TensorView x, in TensorView y) where T : unmanaged
    {
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* source = &x.Memory(use), target = &y.Memory(use))
        {
            CopyLoops.Copy((T*)source + x.Offset, x.Layout, (T*)target + y.Offset, y.Layout);
        }
    }

    private static void ScatterReal<T>(in TensorView source, int dim, in TensorView index, in TensorView y, bool add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!add || index.Layout.Dims[dim] <= CompensatedSum<Scalar>.From)
        {
            IndexLoops.Scatter<T>(source, dim, index, y, add);
        }
        else
        {
            RepeatedSums.Scatter<T>(source, dim, index, y);
        }
    }

    private static void Sort<T>(in TensorView x, bool descending, in TensorView values, in TensorView indices)
        where T : unmanaged, INumber<T>
    {
        if (values.Count == 0)
        {
            return;
        }

        int length = x.Layout.Rank == 0 ? 1 : x.Layout.Dims[^1],
            wanted = values.Layout.Rank == 0 ? 1 : values.Layout.Dims[^1];
        T[] sorted = new T[wanted];
        ulong[] keys = [];
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* source = &x.Memory(use), target = &values.Memory(use), order = &indices.Memory(use))
        fixed (T* buffer = new T[length], result = sorted)
        {
            ElementCursor<T> from = default, to = default;
            from.Start(x, source, 0);
            to.Start(values, target, 0);
            long* positions = (long*)order + indices.Offset;
            for (long r = 0; r < x.Count / length; r++, positions += wanted)
            {
                T* row = from.Read(length, buffer);
                SortLoops.Order(new ReadOnlySpan<T>(row, length), descending, new Span<long>(positions, wanted),
                    ref keys);
                T* place = to.Target(wanted, result);
                for (int i = 0; i < wanted; i++)
                {
                    place[i] = row[positions[i]];
                }

                to.Write(wanted, place);
            }
        }
    }

    private readonly struct Everywhere(Constant value) : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => S.Const(value);
    }

    /// <summary>A bool, whose sum is "or".</summary>
    private readonly struct Flag(byte value) : IAdditionOperators<Flag, Flag, Flag>
    {
        private readonly byte _value = value;

        public static Flag operator +(Flag left, Flag right) => new((byte)(left._value | right._value));
    }

    private readonly struct ReduceLoop<TOp> : ILoop where TOp : unmanaged, IReduction
    {
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> =>
            (delegate*<TOp, in TensorView, in TensorView, int, void>)&ReductionDriver<TOp, T, W>.Run;
    }

    private readonly struct FinishLoop<TOp> : IFloatLoop where TOp : unmanaged, IScaledReduction
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<TOp, in TensorView, in TensorView, in TensorView, int, void>)&FinishDriver<TOp, T, W>.Run;
    }

    private readonly struct ScanLoop<TOp> : ILoop where TOp : unmanaged, IReduction
    {
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> =>
            (delegate*<TOp, in TensorView, in TensorView, void>)&ScanDriver<TOp, T, V>.Run;
    }

    private readonly struct ArgReduceLoop<TOp> : ILoop where TOp : unmanaged, IReduction
    {
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> =>
            (delegate*<TOp, in TensorView, in TensorView, void>)&ArgReduction<TOp, T, W>.Run;
    }

    private readonly struct NormalizeLoop : IFloatLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<NormalizerKind, in TensorView, in TensorView, void>)&RowNormalizer<T, V, W>.Run;
    }
}
