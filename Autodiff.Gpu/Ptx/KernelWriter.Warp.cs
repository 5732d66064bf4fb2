namespace Autodiff.Gpu.Ptx;

/// <content>What threads of a block do together.</content>
internal sealed partial class KernelWriter
{
    /// <summary>Waits for all threads of the block; what they wrote to shared memory is there then.</summary>
    public void Barrier() => Emit("bar.sync 0;");

    /// <summary>
    /// The value of the thread whose lane differs by the bits of <paramref name="mask"/>. All 32 lanes take part.
    /// </summary>
    public Value ShuffleXor(Value value, int mask) => Shuffle("bfly", value, mask, "0x1f");

    // Shuffles move 32 bits; a double goes in two halves.
    private Value Shuffle(string mode, Value value, Value lane, string clamp)
    {
        if (value.Type.SizeOf() == 8)
        {
            (Value low, Value high) = (NewRegister(PtxType.B32), NewRegister(PtxType.B32));
            Emit($"mov.b64 {{{low.Text}, {high.Text}}}, {value.Text};");
            (low, high) = (Shuffle(mode, low, lane, clamp), Shuffle(mode, high, lane, clamp));
            Value whole = NewRegister(value.Type);
            Emit($"mov.b64 {whole.Text}, {{{low.Text}, {high.Text}}};");
            return whole;
        }

        Value moved = NewRegister(value.Type);
        Emit($"shfl.sync.{mode}.b32 {moved.Text}, {value.Text}, {lane.Text}, {clamp}, 0xffffffff;");
        return moved;
    }

    /// <summary>
    /// Begins to copy 4, 8 or 16 bytes from global to shared memory without passing through registers (zeros where
    /// <paramref name="bytes"/> is less).
    /// </summary>
    public void CopyAsync(Value shared, Value global, int size, Value? bytes = null, int sharedOffset = 0) =>
        Emit($"cp.async.{(size == 16 ? "cg" : "ca")}.shared.global {Place(shared, sharedOffset)}, [{global.Text}], "
            + $"{size}{(bytes is { } given ? $", {given.Text}" : "")};");

    /// <summary>Ends a group of asynchronous copies.</summary>
    public void CopyCommit() => Emit("cp.async.commit_group;");

    /// <summary>Waits until at most <paramref name="pending"/> of the newest groups are in flight.</summary>
    public void CopyWait(int pending) => Emit($"cp.async.wait_group {pending};");

    /// <summary>
    /// D = A B + D on the tensor cores, for the warp: <paramref name="shape"/> and <paramref name="types"/> as PTX
    /// spells them (m16n8k8, f32.tf32.tf32.f32); the accumulators are variables, changed in place.
    /// </summary>
    public void MatrixMultiplyAdd(string shape, string types, ReadOnlySpan<Value> a, ReadOnlySpan<Value> b,
        ReadOnlySpan<Variable> d)
    {
        Value[] accumulators = new Value[d.Length];
        for (int i = 0; i < d.Length; i++)
        {
            accumulators[i] = d[i].Register;
        }

        string sum = Braces(accumulators);
        Emit($"mma.sync.aligned.{shape}.row.col.{types} {sum}, {Braces(a)}, {Braces(b)}, {sum};");
    }
}
