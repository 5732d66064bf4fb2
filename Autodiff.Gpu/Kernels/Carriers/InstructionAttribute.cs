namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// A method that is one operation of a device, in the device's words, where ILGPU's own would round otherwise or send
/// NaN elsewhere. The method's body is the operation's meaning: what a debugger steps through.
/// </summary>
/// <remarks>
/// %1, %2, ... are the method's arguments, %0 is its result and %p a predicate. PTX is instructions, parted by
/// semicolons; OpenCL an expression, or a method of the same name in another type.
/// </remarks>
/// <param name="ptx">The instructions for CUDA.</param>
/// <param name="openCl">The expression for OpenCL.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InstructionAttribute(string ptx, string openCl) : Attribute
{
    /// <param name="ptx">The instructions for CUDA.</param>
    /// <param name="openCl">Where the method is that stands for it on OpenCL.</param>
    public InstructionAttribute(string ptx, Type openCl) : this(ptx, "") => OpenClType = openCl;

    public string Ptx { get; } = ptx;

    public string OpenCl { get; } = openCl;

    public Type? OpenClType { get; }
}
