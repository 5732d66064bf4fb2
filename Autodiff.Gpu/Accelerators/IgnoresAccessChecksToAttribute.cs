// The runtime knows it by this name.
namespace System.Runtime.CompilerServices;

/// <summary>Lets an assembly use what another doesn't make public.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
