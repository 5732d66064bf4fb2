using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Cpu;

namespace Autodiff;

/// <summary>
/// Sizes that callers' counts lead to, computed without wrapping around. What is too large is refused before any memory
/// is taken, with the shape, its bytes and the limit.
/// </summary>
internal static class Sizes
{
    /// <summary>
    /// The most elements of a tensor, repeated ones counted: byte counts and the reach of strides then fit 64 bits
    /// everywhere.
    /// </summary>
    public const long MostElements = long.MaxValue / 16;

    /// <summary>The sizes of a result as a dimension holds them.</summary>
    /// <exception cref="ArgumentException">One of them is beyond an <see cref="int"/>.</exception>
    public static int[] Checked(string operation, ReadOnlySpan<long> sizes, DType type)
    {
        int[] dims = new int[sizes.Length];
        for (int d = 0; d < dims.Length; d++)
        {
            dims[d] = (int)sizes[d];
            if (dims[d] != sizes[d])
            {
                throw new ArgumentException(
                    $"{operation}: the result would have shape [{string.Join(", ", sizes.ToArray())}] and take "
                        + $"{Bytes(sizes, type)} as {type.DisplayName()}; a dimension has at most "
                        + $"{int.MaxValue.ToString("N0", CultureInfo.InvariantCulture)} entries.");
            }
        }

        return dims;
    }

    /// <summary>A count of entries as a dimension holds it.</summary>
    /// <exception cref="ArgumentException">It is beyond an <see cref="int"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Entries(string operation, long count, DType type)
    {
        if (count != (int)count)
        {
            Checked(operation, [count], type);
        }

        return (int)count;
    }

    /// <summary>
    /// A count of host values that are made before the tensor: refused where the tensor could not hold them.
    /// </summary>
    /// <exception cref="ArgumentException">It is beyond an <see cref="int"/>.</exception>
    /// <exception cref="InsufficientMemoryException">One tensor of the processor can't have as many.</exception>
    public static int HostEntries(string operation, double count, DType type)
    {
        int entries = Entries(operation, count < long.MaxValue ? (long)count : long.MaxValue, type);
        return (long)entries * type.SizeOf() <= CpuStorage.MostBytes
            ? entries
            : throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
                $"{operation}: {entries:N0} elements of {type.DisplayName()} take {(long)entries * type.SizeOf():N0} "
                    + $"bytes; one tensor on the CPU has at most {CpuStorage.MostBytes:N0} (2 GiB)."));
    }

    /// <summary>Refuses more tensors than the process has memory to name.</summary>
    /// <exception cref="InsufficientMemoryException">There are too many.</exception>
    public static void RequireHandles(string operation, long count)
    {
        const long EachTakes = 192; // a handle, its layout and two arrays
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (count > available / EachTakes)
        {
            throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
                $"{operation}: {count:N0} pieces take about {(BigInteger)count * EachTakes:N0} bytes by themselves; "
                    + $"the process has {available:N0}."));
        }
    }

    /// <summary>How many parts a loop over <paramref name="count"/> elements has.</summary>
    /// <exception cref="InvalidOperationException">There are more than can be counted.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Parts(long count, long each)
    {
        long parts = (count + each - 1) / each;
        if (parts != (int)parts)
        {
            ThrowTooLong(count);
        }

        return (int)parts;
    }

    /// <summary>
    /// The stride of every <paramref name="step"/>-th of entries that lie <paramref name="stride"/> apart. Where there
    /// is only one, it means nothing and may be anything.
    /// </summary>
    public static long Stride(long stride, int step, int length)
    {
        if (step == 1)
        {
            return stride;
        }

        long wide = unchecked(stride * step);
        return Math.BigMul(stride, step, out long low) == low >> 63 ? wide
            : length <= 1 ? stride
            : throw new ArgumentException(
                $"Steps of {step} entries that lie {stride} elements apart reach beyond what can be counted.");
    }

    /// <summary>Says that a shape has more elements than can be counted.</summary>
    [DoesNotReturn]
    public static void ThrowTooMany(ReadOnlySpan<int> dims)
    {
        BigInteger count = 1;
        foreach (int dim in dims)
        {
            count *= Math.Max(dim, 1);
        }

        throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
            $"A tensor of shape [{string.Join(", ", dims.ToArray())}] would have {count:N0} elements and take "
                + $"{count:N0} bytes or more; a tensor has at most {MostElements:N0} elements, on the CPU at most "
                + $"{CpuStorage.MostBytes:N0} bytes."));
    }

    private static string Bytes(ReadOnlySpan<long> sizes, DType type)
    {
        BigInteger bytes = type.SizeOf();
        foreach (long size in sizes)
        {
            bytes *= size;
        }

        return bytes.ToString("N0", CultureInfo.InvariantCulture) + " bytes";
    }

    private static void ThrowTooLong(long count) =>
        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
        $"An operation over {count:N0} elements (an expanded tensor's repeated ones count, too) has more parts than "
            + $"can be counted."));
}
