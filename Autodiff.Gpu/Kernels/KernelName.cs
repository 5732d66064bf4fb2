using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels;

/// <summary>The names of kernels, as profilers show them.</summary>
internal static class KernelName
{
    /// <summary>map_Sigmoid, map_Sigmoid_vjp, update_AdamRule.</summary>
    /// <typeparam name="TOp">The operation.</typeparam>
    /// <param name="family">What kind of kernel.</param>
    public static string Of<TOp>(string family)
    {
        bool isRule = typeof(TOp).IsGenericType && typeof(TOp).GetGenericTypeDefinition() == typeof(Rule<,>);
        IEnumerable<char> name = OperationName.Of<TOp>().Where(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return $"{family}_{string.Concat(name)}{(isRule ? "_vjp" : "")}";
    }
}
