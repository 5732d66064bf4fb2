using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using ILGPU;

namespace Autodiff.Gpu.Accelerators;

/// <summary>What one optimizer's step of one parameter is given.</summary>
/// <typeparam name="K">The coefficients.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal struct RuleArguments<K, M> where K : struct where M : unmanaged
{
    public K Coefficients;

    public ArrayView<M> Gradient, Parameter, State0, State1, State2;

    public uint Count;
}

/// <summary>An optimizer's step of one parameter: an element a thread.</summary>
internal static class RuleKernel
{
    public const string Name = "update";

    /// <typeparam name="TThreads">The threads of a block.</typeparam>
    /// <typeparam name="TRule">The rule.</typeparam>
    /// <typeparam name="K">The coefficients.</typeparam>
    /// <typeparam name="S">What one number is.</typeparam>
    /// <typeparam name="E">How elements become numbers.</typeparam>
    /// <typeparam name="M">What lies in memory.</typeparam>
    public static void Run<TThreads, TRule, K, S, E, M>(RuleArguments<K, M> a)
        where TThreads : struct, IThreads where TRule : struct, IUpdateRule
        where K : struct, IOperands<S> where S : unmanaged, IReal<S>, IGroup<S>
        where E : struct, IElement<M> where M : unmanaged
    {
        uint at = (uint)Grid.IdxX * (uint)TThreads.Block + (uint)Group.IdxX;
        if (at >= a.Count)
        {
            return;
        }

        S zero = S.Const(0), w = S.Load<E, M>(a.Parameter, at);
        S s0 = TRule.StateCount > 0 ? S.Load<E, M>(a.State0, at) : zero;
        S s1 = TRule.StateCount > 1 ? S.Load<E, M>(a.State1, at) : zero;
        S s2 = TRule.StateCount > 2 ? S.Load<E, M>(a.State2, at) : zero;
        TRule.Apply(a.Coefficients, S.Load<E, M>(a.Gradient, at), ref w, ref s0, ref s1, ref s2);
        S.Store<E, M>(w, a.Parameter, at);
        if (TRule.StateCount > 0)
        {
            S.Store<E, M>(s0, a.State0, at);
        }

        if (TRule.StateCount > 1)
        {
            S.Store<E, M>(s1, a.State1, at);
        }

        if (TRule.StateCount > 2)
        {
            S.Store<E, M>(s2, a.State2, at);
        }
    }

    /// <summary>The kernel of a rule for elements of a type.</summary>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static MethodInfo Method<TRule>(DType type) where TRule : struct, IUpdateRule
    {
        Type number = MapTypes.Number(type), coefficients = typeof(NoCoefficient<>).MakeGenericType(number);
        for (int c = 0; c < TRule.CoefficientCount; c++)
        {
            coefficients = typeof(Coefficient<,>).MakeGenericType(number, coefficients);
        }

        (Type element, Type memory) = MapTypes.Element(type);
        return typeof(RuleKernel).GetMethod(nameof(Run))!.MakeGenericMethod(
            typeof(CudaThreads), typeof(TRule), coefficients, number, element, memory);
    }
}

/// <summary>A coefficient and those behind it: an array would lie in a kernel's slowest memory.</summary>
internal readonly struct Coefficient<S, TRest>(S first, TRest rest) : IOperands<S>
    where S : IReal<S> where TRest : struct, IOperands<S>
{
    private readonly S _first = first;
    private readonly TRest _rest = rest;

    public S this[int k] => k == 0 ? _first : _rest[k - 1];
}

/// <summary>The end of the coefficients.</summary>
internal readonly struct NoCoefficient<S> : IOperands<S> where S : IReal<S>
{
    public S this[int k] => S.Const(0);
}
