using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Cpu;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Operations;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>The kernels of maps that a device has: by formula and variant.</summary>
internal sealed class MapCache(KernelBackend backend)
{
    private readonly ConcurrentDictionary<(Type Formula, ulong Variant), LoadedKernel> _kernels = new();

    /// <summary>The type in which <paramref name="compute"/> is computed: bool as int32.</summary>
    public static DType Computing(DType compute) => compute == DType.Bool ? DType.Int32 : compute;

    /// <summary>The kernel of a formula.</summary>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Cuda.")]
    public LoadedKernel Get<TFormula>(TFormula formula, ElementVariant variant) where TFormula : unmanaged, IFormula =>
        _kernels.TryGetValue((typeof(TFormula), variant.Bits), out LoadedKernel? known)
            ? known : Load(formula, variant);

    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    private LoadedKernel Load<TFormula>(TFormula formula, ElementVariant variant) where TFormula : unmanaged, IFormula
    {
        // Read first: a field that no kernel can be given is an error of its own.
        ValueField[] fields = ValueField.Of(typeof(TFormula));
        return _kernels[(typeof(TFormula), variant.Bits)] = backend.Load(
            Method(formula, variant), KernelName.Of<TFormula>("map"), backend.Sizes.Block,
            OperationName.Of<TFormula>(), fields);
    }

    /// <summary>A formula's kernel for any CUDA device.</summary>
    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    public static CompiledKernel Compile<TFormula>(TFormula formula, ElementVariant variant)
        where TFormula : unmanaged, IFormula => KernelCompiler.Compile(
            Method(formula, variant), KernelName.Of<TFormula>("map"), BlockSizes.Cuda.Block,
            OperationName.Of<TFormula>());

    /// <summary>The method that is a formula's kernel.</summary>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static MethodInfo Method<TFormula>(TFormula formula, ElementVariant variant)
        where TFormula : unmanaged, IFormula
    {
        RequireDefined(formula, variant.Compute);
        ElementVariant chosen = variant;
        chosen.HasSlowPath = variant.Compute.IsFloatingPoint() && HasSlowPath(formula);
        return MapTypes.Kernel<TFormula>(chosen);
    }

    /// <summary>Whether the formula has a slow path: NaN takes it, since no comparison with NaN holds.</summary>
    internal static bool HasSlowPath<TFormula>(TFormula formula) where TFormula : unmanaged, IFormula
    {
        int slow = 0;
        Scalar nan = double.NaN;
        _ = Carrier.FastPath(formula, nan, nan, nan, nan, ref slow);
        return slow != 0;
    }

    /// <summary>
    /// Runs the formula once on the host, where a function that the type does not have (a square root of integers) says
    /// so.
    /// </summary>
    private static void RequireDefined<TFormula>(TFormula formula, DType compute) where TFormula : unmanaged, IFormula
    {
        try
        {
            if (compute.IsFloatingPoint())
            {
                _ = formula.F<Scalar, Listed<Scalar>>(new(1, 1, 1, 1));
            }
            else
            {
                IntegerReal<long> one = new(1);
                _ = formula.F<IntegerReal<long>, Listed<IntegerReal<long>>>(new(one, one, one, one));
            }
        }
        catch (DivideByZeroException)
        {
            // A matter of the numbers, which the device's are not.
        }
    }
}

/// <summary>How many instructions a formula takes in a kernel, about.</summary>
internal static class FormulaCost<TFormula> where TFormula : IFormula
{
    // 0 until it has been counted: the first large tensor asks.
    private static int s_single, s_double;

    public static int Of(TFormula formula, DType compute)
    {
        ref int known = ref compute == DType.Float32 ? ref s_single : ref s_double;
        if (known == 0)
        {
            known = compute == DType.Float32 ? Counted<float>.Of(formula) : Counted<double>.Of(formula);
        }

        return known;
    }
}
