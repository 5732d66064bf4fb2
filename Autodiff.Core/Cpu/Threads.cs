using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Autodiff.Cpu;

/// <summary>
/// The work of one <see cref="CpuThreads.For{TBody}"/>: <see cref="Run"/> is called once for each part.
/// </summary>
internal interface IParallelBody
{
    /// <summary>Does part <paramref name="part"/>, on any thread, at the same time as other parts.</summary>
    void Run(int part);
}

/// <summary>
/// The CPU backend's fork and join: persistent workers that spin briefly for the next job and then sleep. The caller
/// works too; nothing is allocated for a job. One job runs at a time: a job that starts while another is running
/// (from a second user thread, or from inside a part) is done by its caller alone.
/// </summary>
internal static unsafe class CpuThreads
{
    /// <summary>How long an idle worker polls before it sleeps: longer than the gap between two operations of a
    /// training step, far shorter than what anyone would notice as load.</summary>
    private const double SpinMicroseconds = 60;

    private static readonly long s_spinTicks = (long)(SpinMicroseconds * 1e-6 * Stopwatch.Frequency);
    private static readonly object s_gate = new();
    private static Job s_job;
    private static Exception? s_failure;
    private static int s_count = Environment.ProcessorCount;
    private static int s_workers;
    private static int s_sleeping;
    private static int s_busy;

    /// <summary>The most threads that share one job, the caller included; at first the number of processors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static int Count
    {
        get => Volatile.Read(ref s_count);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Volatile.Write(ref s_count, value);
        }
    }

    /// <summary>
    /// Runs <paramref name="body"/> once for each part in [0, <paramref name="parts"/>) and returns when all are done.
    /// Which thread does which part is not defined, but parts are begun in their order, so that one may wait for what
    /// an earlier one does. The body is copied once and the parts share that copy.
    /// </summary>
    /// <remarks>
    /// When parts throw, the parts not yet started are dropped and one of the exceptions is rethrown here.
    /// </remarks>
    public static void For<TBody>(int parts, TBody body)
        where TBody : struct, IParallelBody, allows ref struct
    {
        if (parts <= 1 || Count == 1 || Interlocked.CompareExchange(ref s_busy, 1, 0) != 0)
        {
            for (int part = 0; part < parts; part++)
            {
                body.Run(part);
            }

            return;
        }

        try
        {
// The body is a local of this frame, which outlives the job, so its references stay reported.
#pragma warning disable CS8500
            Share(parts, &Invoke<TBody>, &body);
#pragma warning restore CS8500
        }
        finally
        {
            Volatile.Write(ref s_busy, 0);
        }
    }

    /// <summary>
    /// Waits until a counter has reached a value: for what an earlier part does. False when <paramref name="failed"/>
    /// is set, because that part won't do it.
    /// </summary>
    public static bool WaitFor(int* counter, nint value, int* failed)
    {
        SpinWait spin = default;
        while (Volatile.Read(ref *counter) < value)
        {
            if (Volatile.Read(ref *failed) != 0)
            {
                return false;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        return true;
    }

    private static void Invoke<TBody>(void* body, int part)
        where TBody : struct, IParallelBody, allows ref struct
    {
#pragma warning disable CS8500
        ((TBody*)body)->Run(part);
#pragma warning restore CS8500
    }

    private static void Share(int parts, delegate*<void*, int, void> run, void* body)
    {
        int helpers = Math.Min(Count, parts) - 1;
        while (s_workers < helpers)
        {
            StartWorker(s_workers);
            s_workers++;
        }

        s_job.Run = run;
        s_job.Body = body;
        s_job.Parts = parts;
        s_job.Helpers = helpers;
        s_job.Unfinished = parts;
        uint generation = (uint)(s_job.Ticket >> 32) + 1;
        Interlocked.Exchange(ref s_job.Ticket, ((ulong)generation << 32) | (uint)parts);
        Exception? failure;
        try
        {
            WakeWorkers();
        }
        finally // an interrupted thread too: the workers use its frame and the memory that its caller holds
        {
            Work(generation);
            SpinWait spin = default;
            while (Volatile.Read(ref s_job.Unfinished) != 0)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            (failure, s_failure) = (s_failure, null);
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static void WakeWorkers()
    {
        if (Volatile.Read(ref s_sleeping) > 0)
        {
            lock (s_gate)
            {
                Monitor.PulseAll(s_gate);
            }
        }
    }

    /// <summary>
    /// Takes parts of the job numbered <paramref name="generation"/> until none is left. A part is taken by one
    /// compare-and-swap on number and remaining parts together, so a thread that comes late can't take a part of a
    /// later job by mistake; and once it holds a part, that job's fields stay as they are until the part is reported.
    /// </summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types",
        Justification = "Rethrown by the caller of For.")]
    private static void Work(uint generation)
    {
        ulong ticket = Volatile.Read(ref s_job.Ticket);
        while ((uint)(ticket >> 32) == generation && (uint)ticket != 0)
        {
            ulong seen = Interlocked.CompareExchange(ref s_job.Ticket, ticket - 1, ticket);
            if (seen != ticket)
            {
                ticket = seen;
                continue;
            }

            try
            {
                if (Volatile.Read(ref s_failure) is null)
                {
                    s_job.Run(s_job.Body, s_job.Parts - (int)(uint)ticket);
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref s_failure, e, null);
            }

            Interlocked.Decrement(ref s_job.Unfinished);
            ticket = Volatile.Read(ref s_job.Ticket);
        }
    }

    private static void StartWorker(int index)
    {
        var thread = new Thread(static index => Worker((int)index!))
        {
            IsBackground = true,
            Name = "Autodiff CPU worker",
        };
        thread.UnsafeStart(index);
    }

    private static void Worker(int index)
    {
        uint last = 0;
        while (true)
        {
            last = Await(last);
            if (index < Volatile.Read(ref s_job.Helpers))
            {
                Work(last);
            }
        }
    }

    /// <summary>Waits until a job other than <paramref name="last"/> is there and gives its number.</summary>
    private static uint Await(uint last)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            for (int i = 0; i < 16; i++)
            {
                if (HasNews(last, out uint generation))
                {
                    return generation;
                }

                Thread.SpinWait(4);
            }
        }
        while (Stopwatch.GetTimestamp() - start < s_spinTicks);

        lock (s_gate)
        {
            // Announced before the check, as Share checks after it announces: one of the two sees the other.
            Interlocked.Increment(ref s_sleeping);
            uint generation;
            while (!HasNews(last, out generation))
            {
                Monitor.Wait(s_gate);
            }

            Interlocked.Decrement(ref s_sleeping);
            return generation;
        }
    }

    private static bool HasNews(uint last, out uint generation)
    {
        ulong ticket = Volatile.Read(ref s_job.Ticket);
        generation = (uint)(ticket >> 32);
        return generation != last && (uint)ticket != 0;
    }

    /// <summary>The running job. Contended words lie on cache lines of their own, against false sharing.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Job
    {
        [FieldOffset(128)] public delegate*<void*, int, void> Run;
        [FieldOffset(136)] public void* Body;
        [FieldOffset(144)] public int Parts;
        [FieldOffset(148)] public int Helpers;

        /// <summary>High half: the job's number. Low half: how many of its parts nobody has taken.</summary>
        [FieldOffset(256)] public ulong Ticket;

        [FieldOffset(384)] public int Unfinished;
    }
}
