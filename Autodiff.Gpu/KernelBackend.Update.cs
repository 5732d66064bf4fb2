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
            arguments.Add(type, coefficient);
        }

        arguments.Skip(); // the end, which is an empty structure
    }

    /// <summary>Copies without gaps in place of those operands that have some, until it is disposed.</summary>
    private protected WholeOperands WithoutGaps<TRule>(ReadOnlySpan<UpdateOperands> operands)
        where TRule : struct, IUpdateRule => new(this, operands, OperandCount<TRule>());

    private protected static int OperandCount<TRule>() where TRule : struct, IUpdateRule => 2 + TRule.StateCount;

    private protected static TensorView Operand(in UpdateOperands each, int k) => k switch
    {
        0 => each.Gradient,
        1 => each.Parameter,
        2 => each.State0,
        3 => each.State1,
        _ => each.State2,
    };

    /// <summary>Operands without gaps. What a step has written to copies goes where it belongs at the end.</summary>
    private protected sealed class WholeOperands : IDisposable
    {
        private readonly KernelBackend _backend;
        private readonly List<(TensorView Copy, TensorView Target, bool IsWritten)> _copies = [];

        public WholeOperands(KernelBackend backend, ReadOnlySpan<UpdateOperands> operands, int count)
        {
            _backend = backend;
            All = [.. operands];
            TensorView[] views = new TensorView[MostOperands];
            foreach (ref UpdateOperands each in All.AsSpan())
            {
                for (int k = 0; k < count; k++)
                {
                    TensorView view = views[k] = Operand(each, k);
                    if (!view.Layout.IsContiguous)
                    {
                        views[k] = new(
                            backend.AllocateOwn(view.Count * view.DType.SizeOf()), 0, view.Layout.AsContiguous(),
                            view.DType);
                        backend.Copy(view, views[k]);
                        _copies.Add((views[k], view, IsWritten: k > 0));
                    }
                }

                each = new(views[1], views[0], views[2], views[3], views[4]);
            }
        }

        public UpdateOperands[] All { get; }

        public void Dispose()
        {
            foreach ((TensorView copy, TensorView target, bool isWritten) in _copies)
            {
                if (isWritten)
                {
                    _backend.Copy(copy, target);
                }

                copy.Storage.Release();
            }
        }
    }

    /// <summary>Stands for a rule where a kernel is looked up.</summary>
    private readonly struct RuleOf<TRule> where TRule : struct;
}
