namespace Autodiff.Gpu.Compilation;

/// <summary>
/// Kernels with this type among their type parameters are compiled in a context of their own. In one where another such
/// kernel was compiled, ILGPU 1.5.3 leaves the arguments of kernels with nested dimensions in local memory.
/// </summary>
[AttributeUsage(AttributeTargets.Struct)]
internal sealed class CompiledAloneAttribute : Attribute;
