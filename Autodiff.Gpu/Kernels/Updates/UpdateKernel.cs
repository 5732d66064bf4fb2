using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Updates;

/// <summary>What an optimizer's step is given.</summary>
/// <typeparam name="K">The coefficients.</typeparam>
/// <typeparam name="TOperand">How elements lie.</typeparam>
/// <typeparam name="TLines">Which parameters there are.</typeparam>
internal struct UpdateArguments<K, TOperand, TLines>
    where K : struct where TOperand : struct where TLines : struct, IUpdateLines
{
    public K Coefficients;

    /// <summary>The operands; those of several parameters are told apart by <see cref="Lines"/>.</summary>
    public TOperand Gradient, Parameter, State0, State1, State2;

    public TLines Lines;
}

/// <summary>A parameter and its states, of one element or of several beside each other.</summary>
internal readonly struct UpdateValues<V>(V parameter, V state0, V state1, V state2)
{
    public readonly V Parameter = parameter, State0 = state0, State1 = state1, State2 = state2;
}

/// <summary>
/// An optimizer's step, of all its parameters in one launch: a block finds its parameter and updates one tile of it, a
/// thread what one access loads, or one of the elements that are left over.
/// </summary>
internal static class UpdateKernel
{
    public const string Name = "update";

    /// <typeparam name="TThreads">The threads of a block.</typeparam>
    /// <typeparam name="TRule">The rule.</typeparam>
    /// <typeparam name="K">The coefficients.</typeparam>
    /// <typeparam name="S">What one number is.</typeparam>
    /// <typeparam name="V">What one access loads.</typeparam>
    /// <typeparam name="TOperand">How elements lie.</typeparam>
    /// <typeparam name="TLines">Which parameters there are.</typeparam>
    public static void Run<TThreads, TRule, K, S, V, TOperand, TLines>(UpdateArguments<K, TOperand, TLines> a)
        where TThreads : struct, IThreads
        where TRule : struct, IUpdateRule
        where K : struct, IOperands<S>
        where S : unmanaged, IReal<S>, IGroup<S>
        where V : unmanaged, IPack<V, S>
        where TOperand : struct, IInput<V, S>, IOutput<V, S>
        where TLines : struct, IUpdateLines
    {
        uint block = (uint)Grid.IdxX;
        UpdateLine line = a.Lines.Of(block);
        uint pack = (block - line.FirstBlock) * (uint)TThreads.Block + (uint)Group.IdxX, packs = line.Count / V.Width;
        if (pack < packs)
        {
            Step<TRule, K, S, V, ByPack<V, S, TOperand>, TOperand, TLines>(a, line, pack);
        }
        else if (V.Width > 1)
        {
            uint element = packs * V.Width + (pack - packs);
            if (element < line.Count)
            {
                Step<TRule, K, S, One<S>, ByElement<V, S, TOperand>, TOperand, TLines>(a, line, element);
            }
        }
    }

    /// <summary>Blocks for so many elements.</summary>
    /// <param name="elements">How many.</param>
    /// <param name="width">Elements of an access.</param>
    /// <param name="threads">Threads of a block.</param>
    public static uint Blocks(uint elements, int width, int threads) =>
        (elements / (uint)width + elements % (uint)width + (uint)threads - 1) / (uint)threads;

    /// <summary>The kernel of a rule.</summary>
    /// <param name="variant">What else decides it.</param>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static MethodInfo Method<TRule>(UpdateVariant variant) where TRule : struct, IUpdateRule
    {
        Type number = MapTypes.Number(variant.Type);
        return typeof(UpdateKernel).GetMethod(nameof(Run))!.MakeGenericMethod(
            typeof(CudaThreads), typeof(TRule), Coefficients.Of(number, TRule.CoefficientCount), number,
            OperandTypes.Pack(number, variant.Width), OperandTypes.Operand(number, variant.Type, variant.Width),
            variant.HasTable ? typeof(ManyLines) : typeof(OneLine));
    }

    private static void Step<TRule, K, S, V, TUnit, TOperand, TLines>(
        UpdateArguments<K, TOperand, TLines> a, UpdateLine line, uint at)
        where TRule : struct, IUpdateRule
        where K : struct, IOperands<S>
        where S : unmanaged, IReal<S>, IGroup<S>
        where V : unmanaged, IPack<V, S>
        where TUnit : struct, IUnit<TOperand, V>
        where TOperand : struct
        where TLines : struct, IUpdateLines
    {
        V none = V.All(S.Const(0));
        UpdateValues<V> values = new(
            TUnit.Load(a.Parameter, line.Parameter, at),
            TRule.StateCount > 0 ? TUnit.Load(a.State0, line.State0, at) : none,
            TRule.StateCount > 1 ? TUnit.Load(a.State1, line.State1, at) : none,
            TRule.StateCount > 2 ? TUnit.Load(a.State2, line.State2, at) : none);
        values = V.Update<TRule, K>(a.Coefficients, TUnit.Load(a.Gradient, line.Gradient, at), values);
        TUnit.Store(a.Parameter, line.Parameter, at, values.Parameter);
        if (TRule.StateCount > 0)
        {
            TUnit.Store(a.State0, line.State0, at, values.State0);
        }

        if (TRule.StateCount > 1)
        {
            TUnit.Store(a.State1, line.State1, at, values.State1);
        }

        if (TRule.StateCount > 2)
        {
            TUnit.Store(a.State2, line.State2, at, values.State2);
        }
    }
}

/// <summary>What a thread updates at a time.</summary>
/// <typeparam name="TOperand">How elements lie.</typeparam>
/// <typeparam name="V">Its numbers.</typeparam>
internal interface IUnit<TOperand, V>
{
    /// <summary>The unit of this number in a parameter, which begins at <paramref name="start"/>.</summary>
    static abstract V Load(TOperand x, long start, uint at);

    /// <summary>Writes what <see cref="Load"/> would read.</summary>
    static abstract void Store(TOperand x, long start, uint at, V value);
}

/// <summary>What one access loads.</summary>
internal readonly struct ByPack<V, S, TOperand> : IUnit<TOperand, V>
    where TOperand : struct, IInput<V, S>, IOutput<V, S>
{
    public static V Load(TOperand x, long start, uint at) => x.LoadPack(start + at);

    public static void Store(TOperand x, long start, uint at, V value) => x.StorePack(start + at, value);
}

/// <summary>One element, where a parameter begins at an access.</summary>
internal readonly struct ByElement<V, S, TOperand> : IUnit<TOperand, One<S>>
    where V : unmanaged, IPack<V, S>
    where S : unmanaged, IReal<S>, IGroup<S>
    where TOperand : struct, IInput<S>, IOutput<S>
{
    public static One<S> Load(TOperand x, long start, uint at) => new(x.LoadOne(start * V.Width + at));

    public static void Store(TOperand x, long start, uint at, One<S> value) =>
        x.Store(start * V.Width + at, value.Value);
}
