using System.Diagnostics.CodeAnalysis;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Updates;

namespace Autodiff.Gpu;

/// <summary>Optimizers' rules: what every device's launch of them has in common.</summary>
internal abstract partial class KernelBackend
{
    /// <summary>Gradient, parameter and three states.</summary>
    private protected const int MostOperands = 5;

    public abstract void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule;

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Cuda.")]
    private protected LoadedKernel UpdateKernelOf<TRule>(UpdateVariant variant) where TRule : struct, IUpdateRule =>
        Compiled.Get(
            UpdateKernel.Name, default(RuleOf<TRule>), variant.Bits,
            static (_, bits) => UpdateKernel.Method<TRule>(new(bits)));

    private protected static void AddCoefficients(
        ref ArgumentWriter arguments, DType type, ReadOnlySpan<double> coefficients)
    {
        foreach (double coefficient in coefficients)
        {
            if (type == DType.Float64)
            {
                arguments.Add(coefficient);
            }
            else
            {
                arguments.Add((float)coefficient);
            }
        }

        arguments.Skip(); // the end, which is an empty structure
    }

    private protected static int OperandCount<TRule>() where TRule : struct, IUpdateRule => 2 + TRule.StateCount;

    private protected static TensorView Operand(in UpdateOperands each, int k) => k switch
    {
        0 => each.Gradient,
        1 => each.Parameter,
        2 => each.State0,
        3 => each.State1,
        _ => each.State2,
    };

    /// <summary>Stands for a rule where a kernel is looked up.</summary>
    private readonly struct RuleOf<TRule> where TRule : struct;
}
