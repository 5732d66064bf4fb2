using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels.Updates;

/// <summary>
/// A rule's coefficients inside a kernel. Their number is a type (each has those behind it as a type parameter): an
/// array would lie in the kernel's slowest memory.
/// </summary>
internal static class Coefficients
{
    /// <summary>The type of so many coefficients.</summary>
    public static Type Of(Type number, int count)
    {
        Type all = typeof(NoCoefficients<>).MakeGenericType(number);
        for (int c = 0; c < count; c++)
        {
            all = typeof(Coefficients<,>).MakeGenericType(number, all);
        }

        return all;
    }
}

/// <summary>A coefficient and those behind it.</summary>
internal readonly struct Coefficients<S, TRest>(S first, TRest rest) : IOperands<S>
    where S : IReal<S> where TRest : struct, IOperands<S>
{
    private readonly S _first = first;
    private readonly TRest _rest = rest;

    public S this[int k] => k == 0 ? _first : _rest[k - 1];
}

/// <summary>The end of the coefficients.</summary>
internal readonly struct NoCoefficients<S> : IOperands<S> where S : IReal<S>
{
    public S this[int k] => S.Const(0);
}
