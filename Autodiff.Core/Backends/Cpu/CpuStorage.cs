using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autodiff.Backends.Cpu;

/// <summary>Memory of the process: a plain array while small, a pooled, pinned and aligned one when large.</summary>
/// <remarks>
/// The collector owns every array, so no forgotten tensor can dangle. A pooled array goes back to the pool when its
/// storage is released or found dead, unless a span over it was handed out: then only the collector may reclaim it.
/// </remarks>
internal class CpuStorage : Storage
{
    /// <summary>The most bytes of one tensor.</summary>
    public static readonly long MostBytes = Array.MaxLength - BufferPool.Alignment;

    private static readonly Lock s_watching = new();
    private static int s_watchedReleases;
    private byte[]? _buffer;
    private bool _isWatched;
    private byte[]? _seen; // the elements when they were last compared, if they may change unseen
    private int _seenVersion;

    internal CpuStorage(byte[] buffer, nint start, long byteLength, bool hasRoom = false) : base(Device.Cpu, byteLength)
    {
        _buffer = buffer;
        Start = start;
        HasRoom = hasRoom && buffer.Length - start >= (byteLength + BufferPool.Alignment - 1) / BufferPool.Alignment * BufferPool.Alignment;
    }

    /// <summary>The array; throws after release.</summary>
    public byte[] Buffer => _buffer ?? throw new ObjectDisposedException("tensor", "The tensor's memory was disposed.");

    /// <summary>Where in the array the elements begin (for alignment).</summary>
    public nint Start { get; private set; }

    /// <summary>The first element's address, for as long as the array is pinned.</summary>
    public unsafe byte* Address => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Buffer)) + Start;

    /// <summary>Whether whole vectors may be read and written at a view's end, since nothing but room comes after it.</summary>
    public static bool EndsInRoom(in TensorView view) =>
        view.Storage is CpuStorage { HasRoom: true } storage && (view.Offset + view.Count) * view.DType.SizeOf() == storage.ByteLength
        && view.Offset == 0;

    /// <summary>Whether whole vectors may be read and written at the end: there is room that belongs to nobody else.</summary>
    public bool HasRoom { get; private set; }

    public sealed override bool IsReleased => _buffer is null;

    /// <summary>Whether a span over the array was handed out, so that it must be neither reused nor exchanged.</summary>
    protected bool IsExposed { get; private set; }

    /// <summary>How many watched storages have been released: whoever keeps addresses asks this before using them.</summary>
    public static int WatchedReleases => Volatile.Read(ref s_watchedReleases);

    /// <summary>From now on a release of this storage is counted.</summary>
    public void Watch() => _isWatched = true;

    public override void Release() => TakeBuffer();

    /// <summary>The most bytes that are compared to find out whether they were changed through a span.</summary>
    public const int MostWatched = 1 << 16;

    /// <summary>From now on the array may be seen from outside, and written if <paramref name="writable"/>.</summary>
    public void Expose(bool writable)
    {
        IsExposed = true;
        if (writable && !MayChangeUnseen)
        {
            MayChangeUnseen = true;
            NoticeChanges(); // values saved so far are compared with what they are now
        }
    }

    /// <summary>
    /// Counts a change that was made through a span: asked before a version is noted and before it is relied on. Memory of more
    /// than <see cref="MostWatched"/> bytes is not compared.
    /// </summary>
    /// <param name="changes">How many changes that the elements already show are about to be counted.</param>
    internal override void NoticeChanges(int changes = 0)
    {
        if (!MayChangeUnseen || ByteLength > MostWatched || _buffer is not { } buffer)
        {
            return;
        }

        lock (s_watching)
        {
            ReadOnlySpan<byte> now = buffer.AsSpan((int)Start, (int)ByteLength);
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

    /// <summary>Moves a small array to where it stays, aligned and with room behind it; leaves alone one that was handed out.</summary>
    public void MakeRoom()
    {
        if (HasRoom || IsExposed || _buffer is not { } before)
        {
            return;
        }

        byte[] after = GC.AllocateArray<byte>(checked((int)ByteLength + 2 * BufferPool.Alignment), pinned: true);
        nint start = BufferPool.AlignedStart(after);
        before.AsSpan((int)Start, (int)ByteLength).CopyTo(after.AsSpan((int)start));
        (_buffer, Start, HasRoom) = (after, start, true);
    }

    protected byte[]? TakeBuffer()
    {
        byte[]? buffer = _buffer;
        _buffer = null;
        if (_isWatched)
        {
            Interlocked.Increment(ref s_watchedReleases);
        }

        return buffer;
    }

    public static CpuStorage Allocate(long byteLength)
    {
        if (byteLength > MostBytes)
        {
            throw new InsufficientMemoryException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{byteLength:N0} bytes are asked for; one tensor on the CPU has at most {MostBytes:N0} (2 GiB)."));
        }

        return byteLength >= BufferPool.SmallestBlock
            ? new PooledCpuStorage(BufferPool.Rent(byteLength), byteLength)
            : new CpuStorage(GC.AllocateUninitializedArray<byte>((int)byteLength), 0, byteLength);
    }
}

/// <summary>A large storage: its array comes from the pool and returns to it.</summary>
internal sealed class PooledCpuStorage : CpuStorage
{
    internal PooledCpuStorage(byte[] buffer, long byteLength) : base(buffer, BufferPool.AlignedStart(buffer), byteLength, hasRoom: true) =>
        BufferPool.Live.Add(buffer.Length);

    ~PooledCpuStorage() => Return();

    public override void Release()
    {
        GC.SuppressFinalize(this);
        Return();
    }

    private void Return()
    {
        if (TakeBuffer() is { } buffer)
        {
            BufferPool.Live.Add(-buffer.Length);
            if (!IsExposed)
            {
                BufferPool.Return(buffer);
            }
        }
    }
}
