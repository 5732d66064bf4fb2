using System.Reflection;
using Autodiff.Algebra;

namespace Autodiff.Gpu.Accelerators;

/// <summary>Tells kernels of a user's operation from the engine's own.</summary>
internal static class UserTypes
{
    /// <summary>Whether a kernel has a type from beyond the engine among its type parameters.</summary>
    public static bool AreIn(MethodInfo kernel) => kernel.GetGenericArguments().Any(IsOne);

    private static bool IsOne(Type type) =>
        (type.Assembly != typeof(UserTypes).Assembly && type.Assembly != typeof(IFormula).Assembly
            && !type.IsPrimitive && type.Assembly != typeof(ILGPU.ArrayView<>).Assembly)
        || (type.IsGenericType && type.GetGenericArguments().Any(IsOne));
}
