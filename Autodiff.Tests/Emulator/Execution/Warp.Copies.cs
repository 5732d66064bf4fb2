namespace Autodiff.Tests.Emulator.Execution;

/// <content>
/// Copies from global to shared memory that run beside the program (cp.async). The device may do them at any time
/// between the instruction and the wait; here each happens as late as it can, so a missing wait shows.
/// </content>
internal sealed unsafe partial class Warp
{
    // The groups that were committed, oldest first, and last the one that is still open.
    private List<List<Copy>>? _copies;

    /// <summary>
    /// Begins a copy: <paramref name="taken"/> bytes from the source, zeros up to <paramref name="size"/>.
    /// </summary>
    public void BeginCopy(Instruction instruction, int lane, byte* target, byte* source, uint taken, uint size)
    {
        Copy copy = new(this, instruction, lane, (nint)target, (nint)source, taken, size);
        if (Block.Settings.CopiesAtOnce)
        {
            copy.Do();
            return;
        }

        _copies ??= [];
        if (_copies.Count == 0)
        {
            _copies.Add([]);
        }

        _copies[^1].Add(copy);
    }

    /// <summary>Closes the group of copies that is open; the next begins another.</summary>
    public void CommitCopies()
    {
        _copies ??= [];
        if (_copies.Count == 0)
        {
            _copies.Add([]);
        }

        _copies.Add([]);
    }

    /// <summary>Does the copies of all closed groups but the newest ones.</summary>
    public void WaitForCopies(int pending)
    {
        while (_copies is not null && _copies.Count - 1 > pending)
        {
            _copies[0].ForEach(static copy => copy.Do());
            _copies.RemoveAt(0);
        }
    }

    /// <summary>Does all copies.</summary>
    public void WaitForAllCopies()
    {
        _copies?.ForEach(static group => group.ForEach(static copy => copy.Do()));
        _copies?.Clear();
    }

    private readonly record struct Copy(Warp Warp, Instruction Instruction, int Lane, nint Target, nint Source,
        uint Taken, uint Size)
    {
        public void Do()
        {
            // It writes at the latest now, and nobody may be reading.
            Warp.Shared((ulong)(Target - (nint)Warp.Block.Shared), Size, Access.Write, Instruction, Lane);
            Span<byte> target = new((void*)Target, (int)Size);
            new ReadOnlySpan<byte>((void*)Source, (int)Taken).CopyTo(target);
            target[(int)Taken..].Clear();
        }
    }
}
