using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>From what decides a map's kernel to its type parameters.</summary>
internal static class MapTypes
{
    /// <summary>The kernel of a formula for operands that lie like this.</summary>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static MethodInfo Kernel<TFormula>(ElementVariant variant) where TFormula : unmanaged, IFormula
    {
        Type number = Number(variant.Compute, variant.FastMath);
        Type map = typeof(MapArguments<,,,,,,>).MakeGenericType([
            typeof(TFormula),
            .. Enumerable.Range(0, Formulas.MostOperands)
                .Select(k => k < TFormula.Arity ? Operand(variant, k) : typeof(None)),
            Operand(variant, TFormula.Arity), Space(variant, TFormula.Arity + 1),
        ]);
        string name = variant.Unroll switch
        {
            1 => nameof(MapKernel.Map),
            2 => nameof(MapKernel.MapTwo),
            _ => nameof(MapKernel.MapFour),
        };
        return typeof(MapKernel).GetMethod(name, BindingFlags.Public | BindingFlags.Static)!
            .MakeGenericMethod(typeof(CudaThreads), map, Group(number, variant.Width, variant.HasSlowPath), number);
    }

    /// <summary>The carrier of a computing type.</summary>
    public static Type Number(DType compute, bool fast = false) => compute switch
    {
        DType.Float32 => fast ? typeof(GpuReal<FastSingle, float>) : typeof(GpuReal<ExactSingle, float>),
        DType.Float64 => typeof(GpuReal<ExactDouble, double>),
        DType.Int64 => typeof(GpuInt64),
        _ => typeof(GpuInt32),
    };

    /// <summary>How an element type becomes numbers, and what lies in memory.</summary>
    public static (Type Element, Type Memory) Element(DType type) => type switch
    {
        DType.Float32 => (typeof(SingleElement), typeof(float)),
        DType.Float64 => (typeof(DoubleElement), typeof(double)),
        DType.Int32 => (typeof(Int32Element), typeof(int)),
        DType.Int64 => (typeof(Int64Element), typeof(long)),
        _ => (typeof(BoolElement), typeof(byte)),
    };

    private static Type Group(Type number, int width, bool hasSlowPath)
    {
        Type evaluation = hasSlowPath ? typeof(Branched) : typeof(Branchless);
        return width switch
        {
            1 => number,
            2 => typeof(Two<,>).MakeGenericType(number, evaluation),
            4 => typeof(Four<,>).MakeGenericType(number, evaluation),
            _ => typeof(Sixteen<,>).MakeGenericType(number, evaluation),
        };
    }

    private static Type Operand(ElementVariant variant, int k)
    {
        AccessPattern pattern = variant.PatternOf(k);
        (Type element, Type memory) = Element(variant.TypeOf(k));
        Type open = pattern switch
        {
            AccessPattern.Linear => typeof(Linear<,>),
            AccessPattern.Strided => typeof(Strided<,>),
            AccessPattern.Repeated => typeof(Repeated<,>),
            _ => typeof(Single<,>),
        };
        return open.MakeGenericType(element, memory);
    }

    /// <summary>
    /// Whether places take arithmetic: not where a group's number is its place in all operands that have several.
    /// </summary>
    public static bool HasSteps(ElementVariant variant, int operands)
    {
        bool steps = !variant.IsFlat;
        for (int k = 0; k < operands; k++)
        {
            steps |= variant.PatternOf(k) == AccessPattern.Strided;
        }

        return steps;
    }

    /// <summary>The type of so many dimensions, at least one.</summary>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static Type Dimensions(int rank)
    {
        Type space = typeof(Line);
        for (int d = 1; d < rank; d++)
        {
            space = typeof(Inside<>).MakeGenericType(space);
        }

        return space;
    }

    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    private static Type Space(ElementVariant variant, int operands) =>
        HasSteps(variant, operands) ? Dimensions(variant.Rank) : typeof(Flat);
}
