using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autodiff.Gpu.Driver;

/// <summary>
/// The values of a kernel's parameters, in order, each in a place of its own as the driver wants them.
/// </summary>
/// <remarks>Lives on the caller's stack; what is not used is not cleared. A launch takes at most 4096 bytes.</remarks>
internal unsafe struct KernelArguments
{
    /// <summary>The most bytes that a kernel's parameters can have.</summary>
    public const int MaxBytes = 4096;

    private Slots _slots;
    private Starts _starts;
    private int _count, _used;

    public KernelArguments()
    {
        Unsafe.SkipInit(out _slots);
        Unsafe.SkipInit(out _starts);
        _count = _used = 0;
    }

    /// <summary>How many values there are.</summary>
    public readonly int Count => _count;

    public void Add(ulong value) => Put(value);

    public void Add(long value) => Put((ulong)value);

    public void Add(int value) => Put((uint)value);

    public void Add(uint value) => Put(value);

    public void Add(float value) => Put(BitConverter.SingleToUInt32Bits(value));

    public void Add(double value) => Put(BitConverter.DoubleToUInt64Bits(value));

    /// <summary>A parameter that is an array or a structure: <c>.param .align 8 .b8 p[n]</c>.</summary>
    public void AddBlock(ReadOnlySpan<byte> bytes)
    {
        int words = (bytes.Length + 7) / 8;
        Span<ulong> slots = Begin(words);
        bytes.CopyTo(MemoryMarshal.AsBytes(slots));
    }

    /// <summary>Writes one pointer for each value, for as long as this structure stays where it is.</summary>
    internal static void Point(ref KernelArguments arguments, void** pointers)
    {
        ref ulong first = ref arguments._slots.First;
        for (int i = 0; i < arguments._count; i++)
        {
            pointers[i] = Unsafe.AsPointer(ref Unsafe.Add(ref first, arguments._starts[i]));
        }
    }

    private void Put(ulong value) => Begin(1)[0] = value; // little-endian: a narrower value begins at the same byte

    private Span<ulong> Begin(int words)
    {
        if (_used + words > MaxBytes / 8)
        {
            throw new InvalidOperationException($"A kernel takes at most {MaxBytes} bytes of parameters.");
        }

        _starts[_count++] = (ushort)_used;
        _used += words;
        return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref _slots.First, _used - words), words);
    }

    [InlineArray(MaxBytes / 8)]
    private struct Slots
    {
        public ulong First;
    }

    [InlineArray(MaxBytes / 8)]
    private struct Starts
    {
        public ushort First;
    }
}
