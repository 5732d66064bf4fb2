using ILGPU;

namespace Autodiff.Gpu.Kernels.Updates;

/// <summary>A parameter, or a part of one that is counted in 32 bits.</summary>
/// <remarks>Places are counted in accesses, from the first element of the kernel's operand.</remarks>
internal struct UpdateLine
{
    /// <summary>Where gradient, parameter and states begin.</summary>
    public long Gradient, Parameter, State0, State1, State2;

    /// <summary>How many elements there are.</summary>
    public uint Count;

    /// <summary>The first block that updates them.</summary>
    public uint FirstBlock;
}

/// <summary>Which parameters a launch updates.</summary>
internal interface IUpdateLines
{
    /// <summary>The one that a block updates.</summary>
    UpdateLine Of(uint block);
}

/// <summary>One parameter, which the operands are.</summary>
internal readonly struct OneLine(uint count) : IUpdateLines
{
    private readonly uint _count = count;

    public UpdateLine Of(uint block) => new() { Count = _count };
}

/// <summary>Any number of parameters: a table in the device's memory.</summary>
/// <param name="lines">The parameters.</param>
/// <param name="ofBlock">The number of each block's line.</param>
internal readonly struct ManyLines(ArrayView<UpdateLine> lines, ArrayView<uint> ofBlock) : IUpdateLines
{
    private readonly ArrayView<UpdateLine> _lines = lines;
    private readonly ArrayView<uint> _ofBlock = ofBlock;

    public UpdateLine Of(uint block) => _lines[(long)_ofBlock[(long)block]];
}
