using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>Memory of the process: a plain array while small, a pooled, pinned and aligned one when large.</summary>
/// <remarks>
/// The collector owns every array, so no forgotten tensor can dangle. A pooled array goes back to the pool when its
/// storage is released or found dead and no operation works with it any more, unless a span over it was handed out:
/// then only the collector may reclaim it. So the elements are only to be had within a <see cref="MemoryUse"/>.
/// </remarks>
internal class CpuStorage : Storage
{
    /// <summary>The most bytes of one tensor.</summary>
    public static readonly long MostBytes = Array.MaxLength - BufferPool.Alignment;

    /// <summary>The most bytes that are compared to find out whether they were changed through a span.</summary>
    public const int MostWatched = 1 << 16;

    private static readonly Lock Moving = new(), Watching = new();
    private static int s_watchedReleases;
    private static readonly ConditionalWeakTable<CpuStorage, Seen> Exposed = [];
    private object? _memory; // an array that holds just the elements, or a PlacedArray; null once it was given back
    private bool _isWatched;

    /// <summary>A small array.</summary>
    private CpuStorage(byte[] array) : base(Device.Cpu, array.Length) => _memory = array;

    /// <summary>Part of an array.</summary>
    internal CpuStorage(PlacedArray array, long byteLength) : base(Device.Cpu, byteLength)
    {
        _memory = array;
        IsPadded = array.Array.Length - array.Start
            >= (byteLength + BufferPool.Alignment - 1) / BufferPool.Alignment * BufferPool.Alignment;
    }

    /// <summary>
    /// Whether whole vectors may be read and written at the end: padding follows, which belongs to nobody else.
    /// </summary>
    public bool IsPadded { get; private set; }

    public sealed override bool IsReleased => _memory is null;

    /// <summary>
    /// Whether a span over the array was handed out, so that it must be neither reused nor exchanged.
    /// </summary>
    internal bool IsExposed { get; private set; }

    /// <summary>
    /// How many watched storages have been released: whoever keeps addresses asks this before using them.
    /// </summary>
    public static int WatchedReleases => Volatile.Read(ref s_watchedReleases);

    /// <summary>
    /// Whether whole vectors may be read and written at a view's end, since nothing but padding comes after it.
    /// </summary>
    public static bool EndsInPadding(in TensorView view) =>
        view.Storage is CpuStorage { IsPadded: true } storage
            && (view.Offset + view.Count) * view.DType.SizeOf() == storage.ByteLength
        && view.Offset == 0;

    /// <summary>
    /// Counts a change that was made through a span: asked before a version is noted and before it is relied on. Memory
    /// of more than <see cref="MostWatched"/> bytes is not compared.
    /// </summary>
    /// <param name="changes">How many changes that the elements already show are about to be counted.</param>
    internal override void NoticeChanges(int changes = 0)
    {
        if (!MayChangeUnseen || ByteLength > MostWatched || IsReleased)
        {
            return;
        }

        using MemoryUse use = MemoryUse.Begin();
        lock (Watching)
        {
            ReadOnlySpan<byte> now = Bytes(use, 0, ByteLength);
            Seen seen = Exposed.GetOrCreateValue(this);
            bool isFirst = seen.Elements is null;
            if (isFirst || !now.SequenceEqual(seen.Elements))
            {
                if (!isFirst && seen.Version == Version)
                {
                    Touch();
                }

                now.CopyTo(seen.Elements ??= new byte[now.Length]);
            }

            seen.Version = Version + changes;
        }
    }

    public static CpuStorage Allocate(long byteLength)
    {
        if (byteLength > MostBytes)
        {
            throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
                $"{byteLength:N0} bytes are asked for; one tensor on the CPU has at most {MostBytes:N0} (2 GiB)."));
        }

        return byteLength >= BufferPool.SmallestBlock
            ? new PooledCpuStorage(BufferPool.Rent(byteLength), byteLength)
            : new CpuStorage(GC.AllocateUninitializedArray<byte>((int)byteLength));
    }

    /// <summary>
    /// The first byte. It stays this storage's until <paramref name="use"/> ends; a small array can still be moved, so
    /// take its address with <c>fixed</c>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte First(in MemoryUse use)
    {
        object memory = _memory ?? throw Released();
        if (memory is not PlacedArray placed)
        {
            return ref MemoryMarshal.GetArrayDataReference(Unsafe.As<byte[]>(memory));
        }

        if (placed.Block is { } block)
        {
            use.Add(block.Address);
            _ = Volatile.Read(ref _memory) ?? throw Released(); // from here on it stays
        }

        return ref placed.First;
    }

    /// <summary>Some of the bytes, until <paramref name="use"/> ends.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public Span<byte> Bytes(in MemoryUse use, long offset, long length) =>
        MemoryMarshal.CreateSpan(ref Unsafe.Add(ref First(use), (nint)offset), checked((int)length));

    /// <summary>
    /// Some of the bytes, exposed as a span: the array is neither reused nor exchanged any more.
    /// </summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">How many.</param>
    /// <param name="writable">Whether they may be written: then values saved of them are compared from here on.</param>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public Span<byte> ExposedBytes(long offset, long length, bool writable)
    {
        using MemoryUse use = MemoryUse.Begin();
        _ = First(use); // not given back from here on
        lock (Moving)
        {
            IsExposed = true; // not moved from here on
        }

        PlacedArray? placed = _memory as PlacedArray;
        placed?.Block?.Expose();
        if (writable && !MayChangeUnseen)
        {
            MayChangeUnseen = true;
            NoticeChanges(); // values saved so far are compared with what they are now
        }

        return ArrayOf(_memory, out nint start).AsSpan((int)(start + offset), checked((int)length));
    }

    /// <summary>
    /// The first byte's address, for captured steps, which keep it: they pin the array, and hold its memory with
    /// <see cref="First"/> during each replay.
    /// </summary>
    public unsafe byte* FixedAddress
    {
        get
        {
            byte[] array = ArrayOf(_memory, out nint start);
            return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) + start;
        }
    }

    /// <summary>Keeps the array in its place until the handle is freed.</summary>
    public GCHandle Pin() => GCHandle.Alloc(ArrayOf(_memory, out _), GCHandleType.Pinned);

    /// <summary>From now on a release of this storage is counted.</summary>
    public void Watch() => _isWatched = true;

    public override void Release() => _ = Take();

    /// <summary>Takes the memory away; of two threads that dispose a tensor, one gets it.</summary>
    private protected object? Take()
    {
        object? memory = Interlocked.Exchange(ref _memory, null);
        if (_isWatched)
        {
            Interlocked.Increment(ref s_watchedReleases);
        }

        return memory;
    }

    /// <summary>
    /// Moves a small array to where it stays, aligned and padded; leaves alone one that was handed out.
    /// </summary>
    public void Pad()
    {
        lock (Moving)
        {
            if (IsPadded || IsExposed || _memory is not { } before)
            {
                return;
            }

            byte[] after = GC.AllocateArray<byte>(checked((int)ByteLength + 2 * BufferPool.Alignment), pinned: true);
            PlacedArray placed = new(after, BufferPool.AlignedStart(after));
            ArrayOf(before, out nint start).AsSpan((int)start, (int)ByteLength).CopyTo(after.AsSpan((int)placed.Start));

            // Whoever reads the elements meanwhile finds either array, each with its own start.
            IsPadded = ReferenceEquals(Interlocked.CompareExchange(ref _memory, placed, before), before);
        }
    }

    /// <summary>The array, and where in it the elements begin.</summary>
    private static byte[] ArrayOf(object? memory, out nint start)
    {
        PlacedArray? placed = memory as PlacedArray;
        start = placed?.Start ?? 0;
        return placed?.Array ?? (byte[])(memory ?? throw Released());
    }

    private static ObjectDisposedException Released() => new("tensor", "The tensor's memory was disposed.");

    /// <summary>The elements when they were last compared, and the version that they had.</summary>
    private sealed class Seen
    {
        public byte[]? Elements;
        public int Version;
    }
}

/// <summary>A place in an array that does not move.</summary>
/// <param name="array">The array.</param>
/// <param name="start">Where in it the elements begin (for alignment).</param>
/// <param name="block">The pool's block, if the array is one.</param>
internal sealed class PlacedArray(byte[] array, nint start, CpuBlock? block = null)
{
    public byte[] Array => array;

    public nint Start => start;

    public CpuBlock? Block => block;

    public ref byte First => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(array), start);
}

/// <summary>A large storage: its array comes from the pool and returns to it.</summary>
internal sealed class PooledCpuStorage : CpuStorage
{
    internal PooledCpuStorage(CpuBlock block, long byteLength) : base(block.Place, byteLength) =>
        BufferPool.Live.Track(block, this);

    public override void Release()
    {
        if (Take() is PlacedArray { Block: { } block })
        {
            BufferPool.Live.Release(block, this);
        }
    }
}

/// <summary>Extensions of views.</summary>
internal static class CpuViews
{
    /// <summary>
    /// The first byte of the memory behind a view. It stays the storage's until <paramref name="use"/> ends.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref byte Memory(this scoped in TensorView view, in MemoryUse use) =>
        ref ((CpuStorage)view.Storage).First(use);

    /// <summary>The same of a view that there need not be; then no byte, whose address is null.</summary>
    public static ref byte Memory(this TensorView? view, in MemoryUse use)
    {
        if (view is { } given)
        {
            return ref given.Memory(use);
        }

        return ref Unsafe.NullRef<byte>();
    }
}
