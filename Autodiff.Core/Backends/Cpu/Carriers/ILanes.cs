using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>A carrier that holds several consecutive elements of an array: what a loop over memory is written in.</summary>
internal unsafe interface ILanes<V, T> : IReal<V>
    where V : struct, ILanes<V, T>
    where T : unmanaged
{
    static abstract int Width { get; }

    static abstract V Load(T* source);

    void Store(T* target);

    T this[int lane] { get; }
}
