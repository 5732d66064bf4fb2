using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>What the carriers share.</summary>
internal static class Carrier
{
    /// <summary>
    /// The formula's fast path; <paramref name="slow"/> becomes other than 0 where the slow one is needed.
    /// </summary>
    public static S FastPath<TFormula, S>(TFormula formula, S a, S b, S c, S d, ref int slow)
        where TFormula : struct, IFormula where S : unmanaged, IReal<S>
    {
        FastPath<S> y = formula.F<FastPath<S>, Operands<FastPath<S>>>(new(new(a, 0), new(b, 0), new(c, 0), new(d, 0)));
        slow |= y.Slow;
        return y.Value;
    }

    /// <summary>a &lt;= b ? usual : rare(x), where a branch leaves the second out if it is not wanted.</summary>
    public static V Branch<V, TRare>(V a, V b, V usual, TRare rare, V x)
        where V : IReal<V> where TRare : struct, IUnaryFormula
    {
        V y = usual;
        if (!V.AllLessEqual(a, b))
        {
            y = V.SelectLessEqual(a, b, usual, rare.F(x));
        }

        return y;
    }

    /// <inheritdoc cref="Branch{V, TRare}(V, V, V, TRare, V)"/>
    public static V Branch<V, TRare>(V a, V b, V usual, TRare rare, V x, V z)
        where V : IReal<V> where TRare : struct, IBinaryFormula
    {
        V y = usual;
        if (!V.AllLessEqual(a, b))
        {
            y = V.SelectLessEqual(a, b, usual, rare.F(x, z));
        }

        return y;
    }
}
