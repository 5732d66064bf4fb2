using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>
/// A carrier that holds several consecutive elements of an array: what a loop over memory is written in.
/// </summary>
internal unsafe interface ILanes<V, T> : IReal<V>
    where V : struct, ILanes<V, T>
    where T : unmanaged
{
    static abstract int Width { get; }

    /// <summary>0, 1, 2, ...: the number of each lane.</summary>
    static abstract V Lanes { get; }

    static abstract V Load(T* source);

    /// <summary>The value in every lane, with nothing lost to a conversion.</summary>
    static abstract V Broadcast(T value);

    /// <summary>
    /// The lanes with the halves of each group of <paramref name="group"/> swapped; log₂ of these fold a vector.
    /// </summary>
    static abstract V SwapHalves(V x, int group);

    void Store(T* target);

    /// <summary>Stores on a vector's boundary, bypassing the caches (<see cref="NonTemporal"/>).</summary>
    void StoreNonTemporal(T* target);

    /// <summary>Prefetches memory that will be needed soon; any address will do. Nothing without SSE.</summary>
    static abstract void Prefetch(T* source);

    T this[int lane] { get; }
}

/// <summary>Lanes of float or double: what the matrix product and the functions made of bits need beside.</summary>
internal unsafe interface IFloatLanes<V, T> : ILanes<V, T>
    where V : struct, IFloatLanes<V, T>
    where T : unmanaged
{
    /// <summary>How many of these vectors the processor's registers hold.</summary>
    static abstract int Registers { get; }

    /// <summary>
    /// The mask of the first <paramref name="count"/> lanes: none below 1, all from <see cref="ILanes{V, T}.Width"/>
    /// on.
    /// </summary>
    static abstract V First(nint count);

    /// <summary>The elements under the mask and zeros elsewhere; touches no memory outside the mask.</summary>
    static abstract V Load(T* source, V mask);

    /// <summary>Stores the elements under the mask and touches no memory outside it.</summary>
    void Store(T* target, V mask);

    /// <summary>max(floor, x), and x where it is NaN or both are zeros.</summary>
    static abstract V AtLeast(V floor, V x);

    /// <summary>
    /// The sum of all lanes: of the lower half and of the upper half, and these added; each likewise.
    /// </summary>
    static abstract T Sum(V x);

    /// <summary>
    /// The sums of four vectors, one after the other; halves are added lane by lane until four lanes are left.
    /// </summary>
    static abstract void Sums(V x0, V x1, V x2, V x3, T* to);

    /// <summary>The lanes 0, 2, 4, ... of both, one after the other.</summary>
    static abstract V EvenLanes(V low, V high);

    /// <summary>The lanes 1, 3, 5, ... of both, one after the other.</summary>
    static abstract V OddLanes(V low, V high);

    /// <summary>The bits set in both.</summary>
    static abstract V BitsAnd(V a, V b);

    /// <summary>The bits set in either.</summary>
    static abstract V BitsOr(V a, V b);

    /// <summary>Each lane's bits, moved towards the sign.</summary>
    static abstract V BitsLeft(V x, int count);

    /// <summary>Each lane's bits, moved away from the sign, zeros behind them.</summary>
    static abstract V BitsRight(V x, int count);
}
