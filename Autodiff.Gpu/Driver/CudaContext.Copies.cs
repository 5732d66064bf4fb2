namespace Autodiff.Gpu.Driver;

/// <summary>Copies between host and device, through memory that the device can reach itself.</summary>
internal sealed unsafe partial class CudaContext
{
    private const int StagingBytes = 4 << 20;

    private readonly StagingBuffer[] _staging = new StagingBuffer[2];
    private int _half, _halfUsed;

    /// <summary>
    /// Copies host bytes to the device, after the work given so far. The source may change when this returns.
    /// </summary>
    public void Write(ReadOnlySpan<byte> source, ulong target)
    {
        using Entry entered = Enter();
        RequireNoCapture("writes host data to the device");
        while (!source.IsEmpty)
        {
            ReadOnlySpan<byte> part = source[..Math.Min(source.Length, StagingBytes)];
            byte* place = Stage(part.Length);
            part.CopyTo(new Span<byte>(place, part.Length));
            Check(Driver.MemcpyHtoDAsync(target, place, (nuint)part.Length, Stream), "cuMemcpyHtoDAsync");
            source = source[part.Length..];
            target += (ulong)part.Length;
        }
    }

    /// <summary>Copies device memory to the host when the work given so far is done, and waits for it.</summary>
    public void Read(ulong source, Span<byte> target)
    {
        using Entry entered = Enter();
        RequireNoCapture("reads a value on the host");
        if (target.Length <= StagingBytes)
        {
            byte* place = Stage(target.Length);
            Check(Driver.MemcpyDtoHAsync(place, source, (nuint)target.Length, Stream), "cuMemcpyDtoHAsync");
            Check(Driver.StreamSynchronize(Stream), "cuStreamSynchronize");
            new ReadOnlySpan<byte>(place, target.Length).CopyTo(target);
            return;
        }

        // While the host takes one part out of its half, the device fills the other.
        Span<byte> filled = [];
        while (true)
        {
            Span<byte> part = target[..Math.Min(target.Length, StagingBytes)];
            NextHalf();
            Check(Driver.MemcpyDtoHAsync(_staging[_half].Memory, source, (nuint)part.Length, Stream),
                "cuMemcpyDtoHAsync");
            TakeOut(1 - _half, filled);
            source += (ulong)part.Length;
            target = target[part.Length..];
            filled = part;
            if (target.IsEmpty)
            {
                Check(Driver.StreamSynchronize(Stream), "cuStreamSynchronize");
                TakeOut(_half, filled);
                return;
            }
        }

        void TakeOut(int half, Span<byte> part)
        {
            if (!part.IsEmpty)
            {
                Check(Driver.EventSynchronize(_staging[half].Event), "cuEventSynchronize");
                new ReadOnlySpan<byte>(_staging[half].Memory, part.Length).CopyTo(part);
            }
        }
    }

    /// <summary>Copies within the device.</summary>
    public void Copy(ulong source, ulong target, nuint bytes)
    {
        using Entry entered = Enter();
        _noted++;
        Check(Driver.MemcpyDtoDAsync(target, source, bytes, Stream), "cuMemcpyDtoDAsync");
    }

    /// <summary>Sets every byte.</summary>
    public void Set(ulong target, byte value, nuint bytes)
    {
        using Entry entered = Enter();
        _noted++;
        Check(Driver.MemsetD8Async(target, value, bytes, Stream), "cuMemsetD8Async");
    }

    private void RequireNoCapture(string what)
    {
        if (IsCapturing)
        {
            throw new InvalidOperationException($"The step {what} while it is being captured.");
        }
    }

    /// <summary>Pinned memory for so many bytes, whose last use is over.</summary>
    private byte* Stage(int bytes)
    {
        if (_staging[_half].Memory is null || _halfUsed + bytes > StagingBytes)
        {
            NextHalf();
        }

        byte* place = _staging[_half].Memory + _halfUsed;
        _halfUsed += (bytes + 255) & ~255;
        return place;
    }

    /// <summary>Leaves the half in use to the device and takes the other, once the device has done with that.</summary>
    private void NextHalf()
    {
        if (_staging[_half].Memory is not null)
        {
            Check(Driver.EventRecord(_staging[_half].Event, Stream), "cuEventRecord");
        }

        _half = 1 - _half;
        _halfUsed = 0;
        ref StagingBuffer next = ref _staging[_half];
        if (next.Memory is null)
        {
            Check(Driver.MemHostAlloc(out nint memory, StagingBytes), "cuMemHostAlloc");
            Check(Driver.EventCreate(out next.Event), "cuEventCreate");
            next.Memory = (byte*)memory;
        }
        else
        {
            Check(Driver.EventSynchronize(next.Event), "cuEventSynchronize");
        }
    }

    private struct StagingBuffer
    {
        public byte* Memory;
        public nint Event;
    }
}
