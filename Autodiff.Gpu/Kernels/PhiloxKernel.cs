using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using ILGPU;
using Real = Autodiff.Gpu.Kernels.Carriers.GpuReal<Autodiff.Gpu.Kernels.Carriers.ExactSingle, float>;
using RealDouble = Autodiff.Gpu.Kernels.Carriers.GpuReal<Autodiff.Gpu.Kernels.Carriers.ExactDouble, double>;

namespace Autodiff.Gpu.Kernels;

/// <summary>Random numbers: each thread turns one block of Philox's stream into two or four elements.</summary>
internal static class PhiloxKernel
{
    /// <typeparam name="TThreads">The threads of a block.</typeparam>
    /// <typeparam name="TDraw">How words become numbers.</typeparam>
    /// <typeparam name="V">A block's numbers.</typeparam>
    /// <typeparam name="S">What each is.</typeparam>
    /// <typeparam name="E">How numbers become elements.</typeparam>
    /// <typeparam name="M">What lies in memory.</typeparam>
    public static void Fill<TThreads, TDraw, V, S, E, M>(PhiloxArguments<S, M> p)
        where TThreads : struct, IThreads
        where TDraw : struct, IDraw<V, S> where V : unmanaged, INeighbours<V> where S : unmanaged
        where E : struct, IElement<M> where M : unmanaged
    {
        uint thread = (uint)Grid.IdxX * (uint)TThreads.Block + (uint)Group.IdxX, first = thread * (uint)V.Width;
        if (first >= p.Count)
        {
            return;
        }

        ulong number = p.Offset + thread;
        (GpuWord x, GpuWord y, GpuWord z, GpuWord w) = Philox.Block<GpuWord>(
            new((uint)number), new((uint)(number >> 32)), default, default,
            new((uint)p.Key), new((uint)(p.Key >> 32)));
        V drawn = TDraw.Draw(x.Value, y.Value, z.Value, w.Value, p.A, p.B, p.Threshold);
        uint end = first + (uint)V.Width;
        if (end <= p.Aligned)
        {
            V.Store<E, M>(drawn, p.Y, thread);
        }
        else
        {
            for (uint i = first; i < end; i++)
            {
                if (i < p.Count)
                {
                    p.Y[(long)i] = V.First<E, M>(drawn);
                }

                drawn = V.Rotate(drawn);
            }
        }
    }

    /// <summary>The kernel for numbers of a kind as elements of a type.</summary>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static MethodInfo Method(PhiloxKind kind, DType type)
    {
        bool isDouble = type == DType.Float64;
        Type number = isDouble ? typeof(RealDouble) : typeof(Real);
        Type four = typeof(Four<,>).MakeGenericType(number, typeof(Branchless)),
            two = typeof(Two<RealDouble, Branchless>);
        (Type draw, Type numbers) = kind switch
        {
            PhiloxKind.Choice => (typeof(Choice<>).MakeGenericType(number), four),
            PhiloxKind.Uniform => isDouble ? (typeof(UniformDouble), two) : (typeof(UniformSingle), four),
            _ => isDouble ? (typeof(NormalDouble), two) : (typeof(NormalSingle), four),
        };
        (Type element, Type memory) = MapTypes.Element(type);
        return typeof(PhiloxKernel).GetMethod(nameof(Fill), BindingFlags.Public | BindingFlags.Static)!
            .MakeGenericMethod(typeof(CudaThreads), draw, numbers, number, element, memory);
    }
}

/// <summary>What a draw is given.</summary>
internal struct PhiloxArguments<S, M> where S : unmanaged where M : unmanaged
{
    public ArrayView<M> Y;

    /// <summary>The generator's key, and the number of the first block.</summary>
    public ulong Key, Offset;

    /// <summary>Words below it choose A.</summary>
    public ulong Threshold;

    public S A, B;

    /// <summary>How many elements, and how many of them may be written in one access with their neighbours.</summary>
    public uint Count, Aligned;
}

/// <summary>How the words of a block become numbers.</summary>
internal interface IDraw<V, S>
{
    static abstract V Draw(uint x, uint y, uint z, uint w, S a, S b, ulong threshold);
}

/// <summary>A where a word is below the threshold, else B.</summary>
internal readonly struct Choice<S> : IDraw<Four<S, Branchless>, S> where S : unmanaged, IGroup<S>
{
    public static Four<S, Branchless> Draw(uint x, uint y, uint z, uint w, S a, S b, ulong threshold) => new(
        x < threshold ? a : b, y < threshold ? a : b, z < threshold ? a : b, w < threshold ? a : b);
}

/// <summary>Float32 in [a, b): 24 bits of a word.</summary>
internal readonly struct UniformSingle : IDraw<Four<Real, Branchless>, Real>
{
    public static Four<Real, Branchless> Draw(uint x, uint y, uint z, uint w, Real a, Real b, ulong threshold) => new(
        Philox.Uniform(Unit(x), a, b), Philox.Uniform(Unit(y), a, b),
        Philox.Uniform(Unit(z), a, b), Philox.Uniform(Unit(w), a, b));

    /// <summary>A number in [0, 1).</summary>
    public static Real Unit(uint word) => new Real((int)(word >> 8)) * Real.Const(1.0 / (1 << 24));
}

/// <summary>Float64 in [a, b): 53 bits of two words.</summary>
internal readonly struct UniformDouble : IDraw<Two<RealDouble, Branchless>, RealDouble>
{
    public static Two<RealDouble, Branchless> Draw(
        uint x, uint y, uint z, uint w, RealDouble a, RealDouble b, ulong threshold) =>
        new(Philox.Uniform(Unit(x, y, 0), a, b), Philox.Uniform(Unit(z, w, 0), a, b));

    /// <summary>A number in [0, 1), or in (0, 1] where 1 is added to its bits.</summary>
    public static RealDouble Unit(uint low, uint high, long added)
    {
        long bits = (long)((((ulong)high << 32) | low) >> 11) + added;
        return new RealDouble(bits) * RealDouble.Const(1.0 / (1L << 53));
    }
}

/// <summary>Float32 with mean a and standard deviation b.</summary>
internal readonly struct NormalSingle : IDraw<Four<Real, Branchless>, Real>
{
    public static Four<Real, Branchless> Draw(uint x, uint y, uint z, uint w, Real a, Real b, ulong threshold)
    {
        (Real first, Real second) = Philox.Normals(Positive(x), UniformSingle.Unit(y), a, b);
        (Real third, Real fourth) = Philox.Normals(Positive(z), UniformSingle.Unit(w), a, b);
        return new(first, second, third, fourth);
    }

    /// <summary>A number in (0, 1].</summary>
    private static Real Positive(uint word) => Real.FusedMultiplyAdd(
        new((float)(long)word), Real.Const(1.0 / (1L << 32)), Real.Const(1.0 / (1L << 33)));
}

/// <summary>Float64 with mean a and standard deviation b.</summary>
internal readonly struct NormalDouble : IDraw<Two<RealDouble, Branchless>, RealDouble>
{
    public static Two<RealDouble, Branchless> Draw(
        uint x, uint y, uint z, uint w, RealDouble a, RealDouble b, ulong threshold)
    {
        (RealDouble first, RealDouble second) =
            Philox.Normals(UniformDouble.Unit(x, y, 1), UniformDouble.Unit(z, w, 0), a, b);
        return new(first, second);
    }
}

/// <summary>A word in a register.</summary>
internal readonly struct GpuWord(uint value) : IPhiloxWord<GpuWord>
{
    public readonly uint Value = value;

    public static GpuWord operator ^(GpuWord a, GpuWord b) => new(a.Value ^ b.Value);

    public static GpuWord Add(GpuWord a, uint b) => new(a.Value + b);

    public static (GpuWord High, GpuWord Low) Multiply(GpuWord a, uint b) =>
        (new(Whole.MultiplyHigh(a.Value, b)), new(a.Value * b));
}
