using System.Globalization;

namespace Autodiff.Gpu.Ptx;

/// <content>What the inner loops of matrix products need: registers that are written again and again.</content>
internal sealed partial class KernelWriter
{
    /// <summary>sum = a · b + sum, one rounding.</summary>
    public void MultiplyAccumulate(Variable sum, Value a, Value b)
    {
        Value register = sum.Register;
        Emit($"{(register.Type.IsFloat() ? "fma.rn" : "mad.lo")}.{register.Type.Suffix()} {register.Text}, {a.Text}, "
            + $"{b.Text}, {register.Text};");
    }

    /// <summary>As <see cref="LoadVector"/>, into given registers.</summary>
    public void LoadVectorInto(Space space, PtxType type, ReadOnlySpan<Value> registers, Value address,
        int offset = 0) =>
        Emit(string.Create(CultureInfo.InvariantCulture,
            $"ld.{Name(space)}.v{registers.Length}.{type.Suffix()} {Braces(registers)}, {Place(address, offset)};"));

    /// <summary>As <see cref="LoadVectorInto"/> where the predicate holds, else zeros.</summary>
    public void LoadVectorIntoIf(Value condition, Space space, PtxType type, ReadOnlySpan<Value> registers,
        Value address)
    {
        foreach (Value register in registers)
        {
            Emit($"mov.{type.Suffix()} {register.Text}, {Value.Constant(type, 0L).Text};");
        }

        Emit(string.Create(CultureInfo.InvariantCulture,
            $"@{condition.Text} ld.{Name(space)}.v{registers.Length}.{type.Suffix()} {Braces(registers)}, "
                + $"{Place(address, 0)};"));
    }

    /// <summary>
    /// Four 8x8 matrices of 16-bit elements (or 8x4 of 32-bit ones) from shared memory, one register each: lanes 8i to
    /// 8i + 7 give the addresses of the 16-byte rows of matrix i, and lane l receives 4 bytes of row l / 4.
    /// </summary>
    public void LoadMatrices(ReadOnlySpan<Value> registers, Value address, int offset = 0) =>
        Emit($"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {Braces(registers)}, {Place(address, offset)};");
}
