using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autodiff.Backends.Cpu;

/// <summary>Memory of the process: a plain array while small, a pooled, pinned and aligned one when large.</summary>
/// <remarks>
/// The collector owns every array, so no forgotten tensor can dangle. A pooled array goes back to the pool when its storage is
/// released or found dead and no operation works with it any more, unless a span over it was handed out: then only the collector may
/// reclaim it. So the elements are only to be had within a <see cref="MemoryUse"/>.
/// </remarks>
internal class CpuStorage : Storage
{
    /// <summary>The most bytes of one tensor.</summary>
    public static readonly long MostBytes = Array.MaxLength - BufferPool.Alignment;

    /// <summary>The most bytes that are compared to find out whether they were changed through a span.</summary>
    public const int MostWatched = 1 << 16;

    private static readonly Lock Moving = new(), Watching = new();
    private static int s_watchedReleases;
    private readonly CpuBlock? _pooled;
    private byte[]? _buffer;
    private nint _start;
    private bool _isWatched;
    private byte[]? _seen; // the elements when they were last compared, if they may change unseen
    private int _seenVersion;

    internal CpuStorage(byte[] buffer, nint start, long byteLength, bool hasRoom = false) : base(Device.Cpu, byteLength)
    {
        _buffer = buffer;
        _start = start;
        HasRoom = hasRoom && buffer.Length - start >= (byteLength + BufferPool.Alignment - 1) / BufferPool.Alignment * BufferPool.Alignment;
    }

    protected CpuStorage(CpuBlock block, long byteLength) : this(block.Array, block.Start, byteLength, hasRoom: true) => _pooled = block;

    /// <summary>Whether whole vectors may be read and written at the end: there is room that belongs to nobody else.</summary>
    public bool HasRoom { get; private set; }

    public sealed override bool IsReleased => _buffer is null;

    /// <summary>Whether a span over the array was handed out, so that it must be neither reused nor exchanged.</summary>
    internal bool IsExposed { get; private set; }

    /// <summary>How many watched storages have been released: whoever keeps addresses asks this before using them.</summary>
    public static int WatchedReleases => Volatile.Read(ref s_watchedReleases);

    /// <summary>Whether whole vectors may be read and written at a view's end, since nothing but room comes after it.</summary>
    public static bool EndsInRoom(in TensorView view) =>
        view.Storage is CpuStorage { HasRoom: true } storage && (view.Offset + view.Count) * view.DType.SizeOf() == storage.ByteLength
        && view.Offset == 0;

    /// <summary>
    /// Counts a change that was made through a span: asked before a version is noted and before it is relied on. Memory of more
    /// than <see cref="MostWatched"/> bytes is not compared.
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
            bool same = _seen is { } seen && now.SequenceEqual(seen);
            if (!same && _seen is not null && _seenVersion == Version)
            {
                Touch();
            }

            if (!same)
            {
                now.CopyTo(_seen ??= new byte[now.Length]);
            }

            _seenVersion = Version + changes;
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
            : new CpuStorage(GC.AllocateUninitializedArray<byte>((int)byteLength), 0, byteLength);
    }

    /// <summary>The first byte. It stays this storage's until <paramref name="use"/> ends; a small array can still be moved, so take its address with <c>fixed</c>.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte First(in MemoryUse use)
    {
        if (_pooled is { } block)
        {
            use.Add(block.Address);
        }

        byte[] buffer = _buffer ?? throw Released();
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(buffer), StartIn(buffer));
    }

    /// <summary>Some of the bytes, until <paramref name="use"/> ends.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public Span<byte> Bytes(in MemoryUse use, long offset, long length) =>
        MemoryMarshal.CreateSpan(ref Unsafe.Add(ref First(use), (nint)offset), checked((int)length));

    /// <summary>Some of the bytes, for as long as somebody looks at them: the array is neither reused nor exchanged any more.</summary>
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

        _pooled?.Expose();
        if (writable && !MayChangeUnseen)
        {
            MayChangeUnseen = true;
            NoticeChanges(); // values saved so far are compared with what they are now
        }

        byte[] buffer = _buffer ?? throw Released();
        return buffer.AsSpan((int)(StartIn(buffer) + offset), checked((int)length));
    }

    /// <summary>
    /// The first byte's address, for captured steps, which keep it: they pin the array, and hold its memory with
    /// <see cref="First"/> during each replay.
    /// </summary>
    public unsafe byte* FixedAddress
    {
        get
        {
            byte[] buffer = _buffer ?? throw Released();
            return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(buffer)) + StartIn(buffer);
        }
    }

    /// <summary>Keeps the array in its place until the handle is freed.</summary>
    public GCHandle Pin() => GCHandle.Alloc(_buffer ?? throw Released(), GCHandleType.Pinned);

    /// <summary>From now on a release of this storage is counted.</summary>
    public void Watch() => _isWatched = true;

    public override void Release()
    {
        _buffer = null;
        if (_isWatched)
        {
            Interlocked.Increment(ref s_watchedReleases);
        }
    }

    /// <summary>Moves a small array to where it stays, aligned and with room behind it; leaves alone one that was handed out.</summary>
    public void MakeRoom()
    {
        lock (Moving)
        {
            if (HasRoom || IsExposed || _buffer is not { } before)
            {
                return;
            }

            byte[] after = GC.AllocateArray<byte>(checked((int)ByteLength + 2 * BufferPool.Alignment), pinned: true);
            nint start = BufferPool.AlignedStart(after);
            before.AsSpan((int)StartIn(before), (int)ByteLength).CopyTo(after.AsSpan((int)start));
            _start = start;

            // Whoever reads the elements meanwhile finds either array, each with its own start.
            HasRoom = ReferenceEquals(Interlocked.CompareExchange(ref _buffer, after, before), before);
        }
    }

    /// <summary>Where the elements begin: an array that just holds them has no other start than 0.</summary>
    private nint StartIn(byte[] buffer) => buffer.Length == ByteLength ? 0 : _start;

    private static ObjectDisposedException Released() => new("tensor", "The tensor's memory was disposed.");
}

/// <summary>A large storage: its array comes from the pool and returns to it.</summary>
internal sealed class PooledCpuStorage : CpuStorage
{
    private CpuBlock? _owned;

    internal PooledCpuStorage(CpuBlock block, long byteLength) : base(block, byteLength)
    {
        _owned = block;
        BufferPool.Live.Track(block, this);
    }

    public override void Release()
    {
        if (Interlocked.Exchange(ref _owned, null) is { } block) // of two threads that dispose it, one gives back
        {
            base.Release();
            BufferPool.Live.Release(block, this);
        }
    }
}

/// <summary>Extensions of views.</summary>
internal static class CpuViews
{
    /// <summary>The first byte of the memory behind a view. It stays the storage's until <paramref name="use"/> ends.</summary>
    public static ref byte Memory(this scoped in TensorView view, in MemoryUse use) => ref ((CpuStorage)view.Storage).First(use);
}
