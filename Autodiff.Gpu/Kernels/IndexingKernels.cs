using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using ILGPU;

namespace Autodiff.Gpu.Kernels;

/// <summary>What gathering is given.</summary>
internal struct GatherArguments<M, TPlaces>
    where M : unmanaged
    where TPlaces : struct, IStrides
{
    /// <summary>The positions.</summary>
    public ArrayView<long> Index;

    /// <summary>The elements, and where they go.</summary>
    public ArrayView<M> X, Y;

    /// <summary>
    /// From one position in x to the next, and from one element of a group to the next: in elements, or in groups where
    /// a group's elements are neighbours in x.
    /// </summary>
    public long DimStep, Step;

    /// <summary>Groups of neighbours in y, one for each thread.</summary>
    public uint Groups;

    /// <summary>
    /// Where a group is: in the positions, in x without its dimension, in y. What moves in one access is counted in
    /// groups.
    /// </summary>
    public TPlaces Places;
}

/// <summary>What scattering is given.</summary>
internal struct ScatterArguments<M, TPlaces>
    where M : unmanaged
    where TPlaces : struct, IStrides
{
    /// <summary>The positions; sorted where runs of equal ones are scattered.</summary>
    public ArrayView<long> Index;

    /// <summary>Where sorted positions stood.</summary>
    public ArrayView<long> Origins;

    /// <summary>The elements, and where they go.</summary>
    public ArrayView<M> Source, Y;

    /// <summary>Elements from one along the dimension to the next.</summary>
    public long IndexStep, SourceStep, DimStep;

    /// <summary>How many there are along the dimension.</summary>
    public KernelDivisor Length;

    public uint Count;

    /// <summary>How many threads have work.</summary>
    public uint Threads;

    /// <summary>Where a thread begins: in the positions, in the source and in y without their dimensions.</summary>
    public TPlaces Places;
}

/// <summary>Elements that move to or from positions which a tensor of int64 gives.</summary>
internal static class IndexingKernels
{
    /// <summary>The bit beside an <see cref="ElementVariant"/>'s that says whether a scatter adds.</summary>
    public const ulong Adds = 1UL << 63;

    /// <summary>
    /// y[..., i, ...] = x[..., index[..., i, ...], ...], where one position serves a whole group: its elements are
    /// neighbours in x as those of y are, and move in one access.
    /// </summary>
    public static void Gather<TThreads, M, R, TPlaces>(GatherArguments<M, TPlaces> a)
        where TThreads : struct, IThreads where M : unmanaged where R : unmanaged where TPlaces : struct, IStrides
    {
        uint group = (uint)Grid.IdxX * (uint)TThreads.Block + (uint)Group.IdxX;
        if (group < a.Groups)
        {
            long from = a.Places.Y(0, group) + a.Index[a.Places.X(0, group)] * a.DimStep;
            a.Y.Cast<R>()[a.Places.Z(0, group)] = a.X.Cast<R>()[from];
        }
    }

    /// <summary>The same where each element of a group has a position; those and y move in 16 bytes at once.</summary>
    public static void GatherEach<TThreads, M, R, I, TGroup, TPlaces>(GatherArguments<M, TPlaces> a)
        where TThreads : struct, IThreads where M : unmanaged where R : unmanaged where I : unmanaged
        where TGroup : struct, IGathered<M, R, I> where TPlaces : struct, IStrides
    {
        uint group = (uint)Grid.IdxX * (uint)TThreads.Block + (uint)Group.IdxX;
        if (group < a.Groups)
        {
            I index = a.Index.Cast<I>()[a.Places.X(0, group)];
            R y = TGroup.Of(a.X, a.Places.Y(0, group), a.Step, a.DimStep, index);
            a.Y.Cast<R>()[a.Places.Z(0, group)] = y;
        }
    }

    /// <summary>
    /// y[..., index[i], ...] = or += source[..., i, ...], one thread for all i of a line along the dimension, in their
    /// order.
    /// </summary>
    public static void ScatterLines<TThreads, M, TInto, TPlaces>(ScatterArguments<M, TPlaces> a)
        where TThreads : struct, IThreads
        where M : unmanaged where TInto : struct, IInto<M> where TPlaces : struct, IStrides
    {
        uint line = (uint)Grid.IdxX * (uint)TThreads.Block + (uint)Group.IdxX;
        if (line < a.Threads)
        {
            long index = a.Places.X(0, line), source = a.Places.Y(0, line), y = a.Places.Z(0, line);
            for (uint i = 0; i < a.Count; i++)
            {
                long target = y + a.Index[index + i * a.IndexStep] * a.DimStep;
                M value = a.Source[source + i * a.SourceStep];
                a.Y[target] = TInto.IsSum ? TInto.Add(a.Y[target], value) : value;
            }
        }
    }

    /// <summary>
    /// The same from sorted positions: the thread at the first of equal ones goes through them, in the order of the
    /// source, since the sort was stable; of a long run of floating-point numbers all but the first go to a compensated
    /// sum.
    /// </summary>
    public static void ScatterRuns<TThreads, M, TInto, TPlaces>(ScatterArguments<M, TPlaces> a)
        where TThreads : struct, IThreads
        where M : unmanaged where TInto : struct, IInto<M> where TPlaces : struct, IStrides
    {
        uint thread = (uint)Grid.IdxX * (uint)TThreads.Block + (uint)Group.IdxX;
        if (thread >= a.Threads)
        {
            return;
        }

        uint slot = (uint)a.Places.X(0, thread);
        _ = a.Length.Divide(slot, out uint place);
        long own = a.Index[(long)slot];
        if (place > 0 && a.Index[slot - 1L] == own)
        {
            return;
        }

        uint end = slot - place + a.Count, few = TInto.IsCompensated ? slot + CompensatedSum<Scalar>.From : end;
        long target = a.Places.Z(own * a.DimStep, thread), source = a.Places.Y(0, thread);
        M sum = a.Y[target];
        uint next = slot;
        bool goes = true;
        for (; goes && next < few; next++)
        {
            M value = a.Source[source + a.Origins[(long)next] * a.SourceStep];
            sum = TInto.IsSum ? TInto.Add(sum, value) : value;
            goes = next + 1 < end && a.Index[next + 1L] == own;
        }

        if (TInto.IsCompensated && goes)
        {
            CompensatedSum<GpuReal<ExactDouble, double>> all = CompensatedSum<GpuReal<ExactDouble, double>>.Zero;
            for (; goes; next++)
            {
                all = all.Add(new(TInto.Wide(a.Source[source + a.Origins[(long)next] * a.SourceStep])));
                goes = next + 1 < end && a.Index[next + 1L] == own;
            }

            GpuReal<ExactDouble, double> total = all.Add(new(TInto.Wide(sum))).Total;
            sum = TInto.Narrow(GpuReal<ExactDouble, double>.First<DoubleElement, double>(total));
        }

        a.Y[target] = sum;
    }

    /// <summary>The kernel that gathers, and whether its groups have a position for each element.</summary>
    public static MethodInfo Gather(ElementVariant v)
    {
        int size = v.TypeOf(2).SizeOf(), bytes = size * v.Width;
        Type memory = RawType(size), places = StrideTypes.Of(v.Rank, wide: false);
        if (!HasPositionForEach(v))
        {
            return Method(nameof(Gather)).MakeGenericMethod(typeof(CudaThreads), memory, RawType(bytes), places);
        }

        Type group = typeof(GatheredOne<>).MakeGenericType(memory), raw = memory, index = typeof(long);
        for (int width = 1; width < v.Width; width *= 2)
        {
            group = typeof(GatheredTwice<,,,>).MakeGenericType(group, memory, raw, index);
            (raw, index) = (typeof(Pair<>).MakeGenericType(raw), typeof(Pair<>).MakeGenericType(index));
        }

        return Method(nameof(GatherEach)).MakeGenericMethod(typeof(CudaThreads), memory, raw, index, group, places);
    }

    /// <summary>Whether each element of a group has a position of its own.</summary>
    public static bool HasPositionForEach(ElementVariant v) =>
        v.Width > 1 && v.PatternOf(0) == AccessPattern.Linear;

    /// <summary>The kernel that scatters.</summary>
    public static MethodInfo Scatter(string name, ulong bits)
    {
        ElementVariant v = new(bits & ~Adds);
        bool add = (bits & Adds) != 0;
        DType type = v.TypeOf(2);
        Type memory = add ? MapTypes.Element(type).Memory : RawType(type.SizeOf());
        Type into = !add ? typeof(Replaced<>).MakeGenericType(memory) : type switch
        {
            DType.Float32 => typeof(SingleSum),
            DType.Float64 => typeof(DoubleSum),
            DType.Int32 => typeof(Int32Sum),
            DType.Int64 => typeof(Int64Sum),
            _ => typeof(BoolSum),
        };
        return Method(name).MakeGenericMethod(typeof(CudaThreads), memory, into, StrideTypes.Of(v.Rank, wide: false));
    }

    private static MethodInfo Method(string name) => typeof(IndexingKernels).GetMethods()
        .Single(method => method.Name == name && method.IsGenericMethodDefinition);

    /// <summary>Something of so many bytes.</summary>
    private static Type RawType(int bytes) => bytes switch
    {
        1 => typeof(byte),
        2 => typeof(Pair<byte>),
        4 => typeof(uint),
        8 => typeof(ulong),
        _ => typeof(Pair<ulong>),
    };
}

/// <summary>Elements from positions of their own.</summary>
/// <typeparam name="M">An element.</typeparam>
/// <typeparam name="R">The elements, as they lie in y.</typeparam>
/// <typeparam name="I">The positions, as they lie in the index.</typeparam>
internal interface IGathered<M, R, I> where M : unmanaged
{
    static abstract uint Width { get; }

    static abstract R Of(ArrayView<M> x, long start, long step, long dimStep, I index);
}

/// <summary>One element.</summary>
internal readonly struct GatheredOne<M> : IGathered<M, M, long> where M : unmanaged
{
    public static uint Width => 1;

    public static M Of(ArrayView<M> x, long start, long step, long dimStep, long index) =>
        x[start + index * dimStep];
}

/// <summary>Twice as many.</summary>
internal readonly struct GatheredTwice<TGroup, M, R, I> : IGathered<M, Pair<R>, Pair<I>>
    where TGroup : struct, IGathered<M, R, I> where M : unmanaged where R : unmanaged where I : unmanaged
{
    public static uint Width => 2 * TGroup.Width;

    public static Pair<R> Of(ArrayView<M> x, long start, long step, long dimStep, Pair<I> index) => new(
        TGroup.Of(x, start, step, dimStep, index.A),
        TGroup.Of(x, start + TGroup.Width * step, step, dimStep, index.B));
}

/// <summary>What becomes of an element to which another is scattered.</summary>
internal interface IInto<M> where M : unmanaged
{
    /// <summary>Whether the other is added; else it takes the place.</summary>
    static virtual bool IsSum => true;

    /// <summary>Whether long sums are compensated.</summary>
    static virtual bool IsCompensated => false;

    /// <summary>What adding means to the type.</summary>
    static abstract M Add(M a, M b);

    /// <summary>An element in double precision.</summary>
    static virtual double Wide(M x) => 0;

    /// <summary>The nearest element.</summary>
    static virtual M Narrow(double x) => default;
}

/// <summary>The other takes the place.</summary>
internal readonly struct Replaced<M> : IInto<M> where M : unmanaged
{
    public static bool IsSum => false;

    public static M Add(M a, M b) => b;
}

/// <summary>A sum of float32.</summary>
internal readonly struct SingleSum : IInto<float>
{
    public static bool IsCompensated => true;

    public static float Add(float a, float b) => ExactSingle.Add(a, b);

    public static double Wide(float x) => x;

    public static float Narrow(double x) => (float)x;
}

/// <summary>A sum of float64.</summary>
internal readonly struct DoubleSum : IInto<double>
{
    public static bool IsCompensated => true;

    public static double Add(double a, double b) => ExactDouble.Add(a, b);

    public static double Wide(double x) => x;

    public static double Narrow(double x) => x;
}

/// <summary>A sum of int32, which wraps.</summary>
internal readonly struct Int32Sum : IInto<int>
{
    public static int Add(int a, int b) => a + b;
}

/// <summary>A sum of int64, which wraps.</summary>
internal readonly struct Int64Sum : IInto<long>
{
    public static long Add(long a, long b) => a + b;
}

/// <summary>Of bools, "or".</summary>
internal readonly struct BoolSum : IInto<byte>
{
    public static byte Add(byte a, byte b) => (byte)(a | b);
}
