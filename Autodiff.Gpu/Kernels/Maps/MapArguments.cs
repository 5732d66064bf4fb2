using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>What a map's kernel is given.</summary>
/// <typeparam name="TFormula">The formula.</typeparam>
/// <typeparam name="A">How its first operand lies.</typeparam>
/// <typeparam name="B">How its second operand lies.</typeparam>
/// <typeparam name="C">How its third operand lies.</typeparam>
/// <typeparam name="D">How its fourth operand lies.</typeparam>
/// <typeparam name="Y">How the result lies.</typeparam>
/// <typeparam name="TSpace">The dimensions.</typeparam>
internal struct MapArguments<TFormula, A, B, C, D, Y, TSpace>
    where TFormula : unmanaged, IFormula
    where A : struct, IOperand
    where B : struct, IOperand
    where C : struct, IOperand
    where D : struct, IOperand
    where Y : struct, IOperand
    where TSpace : struct, ISpace
{
    /// <summary>The formula, with its constants.</summary>
    public TFormula F;

    /// <summary>The operands and the result.</summary>
    public A OperandA;

    /// <inheritdoc cref="OperandA"/>
    public B OperandB;

    /// <inheritdoc cref="OperandA"/>
    public C OperandC;

    /// <inheritdoc cref="OperandA"/>
    public D OperandD;

    /// <inheritdoc cref="OperandA"/>
    public Y Result;

    /// <summary>Where groups are.</summary>
    public TSpace Space;

    /// <summary>How many whole groups there are.</summary>
    public uint Groups;

    /// <summary>How many elements; where there are several dimensions they are whole groups.</summary>
    public uint Count;
}
