namespace Autodiff.Algebra;

/// <summary>A sum with what its roundings lost beside it: about twice the carrier's digits.</summary>
/// <remarks>The exact error of an addition is Knuth's (TAOCP 2, 4.2.2); Ogita, Rump and Oishi (2005) sum so.</remarks>
/// <param name="sum">The rounded sum.</param>
/// <param name="lost">The sum of the errors.</param>
internal readonly struct CompensatedSum<S>(S sum, S lost) where S : IReal<S>
{
    /// <summary>
    /// How many additions to one place are made in the place's own type, in order, before this sum takes over: few
    /// enough to lose next to nothing, and the same on every device.
    /// </summary>
    public const int From = 128;

    public S Sum { get; } = sum;

    public S Lost { get; } = lost;

    public static CompensatedSum<S> Zero => new(S.Const(0), S.Const(0));

    /// <summary>The sum rounded once; where it is not finite the errors mean nothing.</summary>
    public S Total => S.SelectLess(S.Abs(Sum), S.Const(double.PositiveInfinity), Sum + Lost, Sum);

    public CompensatedSum<S> Add(S x)
    {
        S total = RealMath.TwoSum(Sum, x, out S error);
        return new(total, Lost + error);
    }
}
