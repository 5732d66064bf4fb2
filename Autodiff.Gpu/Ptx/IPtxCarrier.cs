using Autodiff.Algebra;

namespace Autodiff.Gpu.Ptx;

/// <summary>
/// A real number that is a PTX register: what a kernel's skeleton needs to hand its values to a formula and take the
/// answer.
/// </summary>
internal interface IPtxCarrier<S> : IReal<S> where S : IPtxCarrier<S>
{
    /// <summary>The register's type.</summary>
    static abstract PtxType Type { get; }

    /// <summary>The register (of <see cref="Type"/>) as a number.</summary>
    static abstract S Of(Value value);

    /// <summary>The number's register.</summary>
    Value Value { get; }
}
