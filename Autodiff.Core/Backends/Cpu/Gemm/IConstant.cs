namespace Autodiff.Backends.Cpu;

/// <summary>A number that the JIT knows when it compiles a kernel.</summary>
internal interface IConstant
{
    static abstract int Value { get; }
}
