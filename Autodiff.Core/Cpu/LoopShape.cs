namespace Autodiff.Cpu;

/// <summary>A loop for some counts alone.</summary>
internal enum LoopShape
{
    /// <summary>For exactly one vector of floating-point numbers.</summary>
    Vector,

    /// <summary>For many elements: two vectors in each iteration.</summary>
    Pairs,

    /// <summary>For many elements whose results go to a buffer in the first-level cache.</summary>
    Buffer,

    /// <summary>For many elements, from a vector's boundary on: results by non-temporal stores.</summary>
    NonTemporal,
}
