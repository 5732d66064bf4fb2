using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>A carrier that holds several consecutive elements of an array: what a loop over memory is written in.</summary>
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

    /// <summary>The lanes with the halves of each group of <paramref name="group"/> swapped; log₂ of these fold a vector.</summary>
    static abstract V SwapHalves(V x, int group);

    void Store(T* target);

    /// <summary>Asks for memory that will be needed soon, without waiting for it; any address will do.</summary>
    static abstract void Prefetch(T* source);

    T this[int lane] { get; }
}
