using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>What a map's kernel is given, and what it does with one group.</summary>
/// <typeparam name="TFormula">The formula.</typeparam>
/// <typeparam name="A">How its first operand lies.</typeparam>
/// <typeparam name="B">How its second operand lies.</typeparam>
/// <typeparam name="C">How its third operand lies.</typeparam>
/// <typeparam name="D">How its fourth operand lies.</typeparam>
/// <typeparam name="Y">How the result lies.</typeparam>
/// <typeparam name="TSpace">The dimensions.</typeparam>
internal struct MapArguments<TFormula, A, B, C, D, Y, TSpace> : IMap
    where TFormula : unmanaged, IFormula
    where A : struct, IOperand
    where B : struct, IOperand
    where C : struct, IOperand
    where D : struct, IOperand
    where Y : struct, IResult
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
    public uint GroupCount;

    /// <summary>How many elements; where there are several dimensions they are whole groups.</summary>
    public uint ElementCount;

    public readonly uint Groups => GroupCount;

    public readonly Loaded<V> Load<V>(uint group) where V : unmanaged, IGroup<V>
    {
        Place at = Space.At(group);
        return new(
            OperandA.Load<V>(at.A), OperandB.Load<V>(at.B), OperandC.Load<V>(at.C), OperandD.Load<V>(at.D), at.Y);
    }

    public readonly Loaded<V> LoadNext<V>(Loaded<V> one, uint group) where V : unmanaged, IGroup<V>
    {
        Place at = Space.At(group);
        return new(
            OperandA.LoadNext(one.A, at.A), OperandB.LoadNext(one.B, at.B), OperandC.LoadNext(one.C, at.C),
            OperandD.LoadNext(one.D, at.D), at.Y);
    }

    public readonly void Compute<V>(Loaded<V> x) where V : unmanaged, IGroup<V> =>
        Result.Store(V.Apply(F, x.A, x.B, x.C, x.D), x.Y);

    public readonly void ComputeOne<V, S>(uint rest) where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>
    {
        if (!TSpace.IsFlat || V.Width == 1)
        {
            return;
        }

        uint element = GroupCount * (uint)V.Width + rest;
        if (element < ElementCount)
        {
            S y = S.Apply(
                F, OperandA.LoadOne<S>(element), OperandB.LoadOne<S>(element), OperandC.LoadOne<S>(element),
                OperandD.LoadOne<S>(element));
            Result.StoreOne(y, element);
        }
    }
}

/// <summary>A map as its kernel sees it.</summary>
internal interface IMap
{
    /// <summary>How many whole groups there are.</summary>
    uint Groups { get; }

    /// <summary>The operands of a group.</summary>
    Loaded<V> Load<V>(uint group) where V : unmanaged, IGroup<V>;

    /// <summary>The operands of another group, for a thread that has read <paramref name="one"/>.</summary>
    Loaded<V> LoadNext<V>(Loaded<V> one, uint group) where V : unmanaged, IGroup<V>;

    /// <summary>Computes a group and writes it.</summary>
    void Compute<V>(Loaded<V> x) where V : unmanaged, IGroup<V>;

    /// <summary>Computes one of the elements behind the last group, if there are so many.</summary>
    /// <typeparam name="V">What a group is.</typeparam>
    /// <typeparam name="S">What a number is.</typeparam>
    void ComputeOne<V, S>(uint rest) where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>;
}

/// <summary>A group of each operand, and the result's place.</summary>
internal readonly struct Loaded<V>(V a, V b, V c, V d, long y)
{
    public readonly V A = a, B = b, C = c, D = d;

    public readonly long Y = y;
}
