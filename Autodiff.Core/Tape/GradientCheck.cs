using System.Globalization;

namespace Autodiff;

/// <summary>How strict a gradient check is.</summary>
/// <param name="Step">h of the central difference (f(x+h) - f(x-h)) / 2h.</param>
/// <param name="RelativeTolerance">Allowed error relative to the larger of the two derivatives.</param>
/// <param name="AbsoluteTolerance">Allowed error in absolute terms.</param>
/// <param name="Order">2 checks the gradient of the gradient too.</param>
/// <param name="Seed">Of the random upstream gradient.</param>
public sealed record GradientCheckOptions(
    double Step = 1e-6, double RelativeTolerance = 1e-3, double AbsoluteTolerance = 1e-5, int Order = 1, long Seed = 0);

/// <summary>What a gradient check found.</summary>
/// <param name="Passed">Whether every derivative was within tolerance.</param>
/// <param name="LargestError">The largest difference between a derivative of the tape and one of finite
/// differences.</param>
/// <param name="Message">The worst derivative in words: input, element, both values.</param>
/// <param name="Warning">Why the result may mislead (inputs in single precision), or null.</param>
public sealed record GradientCheckResult(bool Passed, double LargestError, string Message, string? Warning);

public static partial class Autograd
{
    /// <summary>
    /// Compares the tape's gradients of a function with central differences, for every element of every input that
    /// requires grad. The function's value is first contracted with a random upstream gradient, so that no error can
    /// hide behind ones.
    /// </summary>
    /// <param name="function">The function; it must give the same value each time it is called.</param>
    /// <param name="inputs">Where to check: float64 tensors, not at a kink.</param>
    /// <param name="options">Tolerances and order.</param>
    /// <returns>The verdict; it never throws for a wrong gradient.</returns>
    public static GradientCheckResult GradientCheck(Func<Tensor[], Tensor> function, Tensor[] inputs,
        GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(inputs);
        options ??= new();
        Tensor[] variables = Array.ConvertAll(inputs,
            static x => x.Detach().Clone().RequireGrad(x.RequiresGrad && x.DType.IsFloatingPoint()));
        Tensor[] active = Array.FindAll(variables, static x => x.RequiresGrad);
        if (active.Length == 0)
        {
            throw new ArgumentException("GradientCheck: no input requires grad, so there is nothing to check.",
                nameof(inputs));
        }

        string? warning = Array.Exists(active, static x => x.DType != DType.Float64)
            ? "GradientCheck: an input is float32; differences of single precision carry few digits, so a failure may "
                + "be rounding. Use float64."
            : null;
        GradientCheckResult result = Check(function, variables, active, options, warning);
        if (!result.Passed || options.Order < 2)
        {
            return result;
        }

        Func<Tensor[], Tensor> contraction = Contracted(function, variables, options.Seed);
        Tensor Gradients(Tensor[] xs)
        {
            Tensor[] wanted = Array.FindAll(xs, static x => x.RequiresGrad);
            Tensor?[] gradients = Grad([contraction(xs)], wanted, createGraph: true, allowUnused: true);
            Tensor[] flat = new Tensor[wanted.Length];
            for (int i = 0; i < flat.Length; i++)
            {
                flat[i] = (gradients[i] ?? Tensor.ZerosLike(wanted[i])).Reshape(-1);
            }

            return Tensor.Cat(flat);
        }

        GradientCheckResult second = Check(Gradients, variables, active,
            options with { Seed = options.Seed + 1, Order = 1 }, warning);
        return second.Passed ? second : second with { Message = "Second order: " + second.Message };
    }

    /// <summary>The check for a function of one tensor.</summary>
    public static GradientCheckResult GradientCheck(Func<Tensor, Tensor> function, Tensor x,
        GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(x);
        return GradientCheck(inputs => function(inputs[0]), [x.Detach().RequireGrad()], options);
    }

    private static Func<Tensor[], Tensor> Contracted(Func<Tensor[], Tensor> function, Tensor[] variables, long seed)
    {
        Tensor value = function(variables);
        double[] weights = new double[value.ElementCount];
        new TorchGenerator(seed).Normal(weights, 0, 1);
        Tensor upstream = Tensor.From(weights, value.Shape).To(value.DType);
        return xs => (function(xs) * upstream).Sum();
    }

    private static GradientCheckResult Check(
        Func<Tensor[], Tensor> function, Tensor[] variables, Tensor[] active, GradientCheckOptions options,
        string? warning)
    {
        Func<Tensor[], Tensor> scalar = Contracted(function, variables, options.Seed);
        Tensor root = scalar(variables);
        Tensor?[] gradients = root.RequiresGrad ? Grad([root], active, allowUnused: true) : new Tensor?[active.Length];
        double largest = 0, worst = 0;
        string message = "All derivatives agree.";
        bool passed = true;
        for (int k = 0; k < active.Length; k++)
        {
            double[] analytic = (gradients[k] ?? Tensor.ZerosLike(active[k])).ToArray<double>();
            for (int i = 0; i < analytic.Length; i++)
            {
                double numeric = (Shifted(active[k], i, options.Step) - Shifted(active[k], i, -options.Step))
                    / (2 * options.Step);
                double error = Math.Abs(numeric - analytic[i]);
                double allowed = options.AbsoluteTolerance
                    + options.RelativeTolerance * Math.Max(Math.Abs(numeric), Math.Abs(analytic[i]));
                largest = Math.Max(largest, error);
                if (!(error <= allowed) && !(double.IsNaN(numeric) && double.IsNaN(analytic[i]))
                    && !(error / allowed <= worst))
                {
                    passed = false;
                    worst = error / allowed;
                    message = string.Create(CultureInfo.InvariantCulture,
                        $"Input {k} {active[k].Describe()}, element {i}: the tape gives {analytic[i]:R}, central "
                            + $"differences {numeric:R} (error {error:E2}, allowed {allowed:E2}).");
                }
            }
        }

        return new(passed, largest, message, warning);

        double Shifted(Tensor x, int element, double step)
        {
            double[] values = x.ToArray<double>();
            double before = values[element];
            values[element] = before + step;
            DifferenceCheck.Set(x, values);
            double value = scalar(variables).Item();
            values[element] = before;
            DifferenceCheck.Set(x, values);
            return value;
        }
    }
}
