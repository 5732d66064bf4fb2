using System.Runtime.InteropServices;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>The same view over the same bytes on the processor and on the emulated device.</summary>
internal sealed class TwinView
{
    private TwinView(byte[] bytes, long offset, Layout layout, DType type)
    {
        OnCpu = Place(Device.Cpu);
        OnCuda = Place(EmulatedCuda.Device);

        TensorView Place(Device device)
        {
            Storage storage = device.Backend.Allocate(bytes.Length);
            device.Backend.Write(bytes, storage, 0);
            return new(storage, offset, layout, type);
        }
    }

    public TensorView OnCpu { get; }

    public TensorView OnCuda { get; }

    /// <summary>A view of random elements without gaps.</summary>
    public static TwinView Contiguous(System.Random random, DType type, params int[] dims) =>
        new(Bytes(random, type, Math.Max(Product(dims), 1)), 0, Layout.Contiguous(dims), type);

    /// <summary>
    /// A view in which the dimensions lie in any order, with steps over unused elements here and there; as an operand
    /// that is only read, some of them are repeated.
    /// </summary>
    public static TwinView Any(System.Random random, DType type, int[] dims, bool isResult)
    {
        int[] order = [.. Enumerable.Range(0, dims.Length)];
        if (random.Next(2) == 0)
        {
            random.Shuffle(order);
        }

        long[] strides = new long[dims.Length];
        long step = random.Next(6) == 0 ? random.Next(1, 4) : 1;
        foreach (int d in order.Reverse())
        {
            bool repeated = !isResult && random.Next(4) == 0;
            strides[d] = repeated ? 0 : step;
            step *= repeated ? 1 : Math.Max(dims[d], 1) + (random.Next(6) == 0 ? random.Next(1, 5) : 0);
        }

        long offset = random.Next(3) == 0 ? random.Next(1, 9) : 0;
        return new(Bytes(random, type, offset + step), offset, new(dims, strides), type);
    }

    /// <summary>Positions along an axis, spread over a view like any other.</summary>
    public static TwinView Positions(System.Random random, int[] dims, int below, int columnsFrom)
    {
        long[] strides = new long[dims.Length];
        long step = 1;
        for (int d = dims.Length - 1; d >= 0; d--)
        {
            strides[d] = d >= columnsFrom ? 0 : step;
            step *= d >= columnsFrom ? 1 : Math.Max(dims[d], 1);
        }

        long[] positions = [.. Enumerable.Range(0, (int)step).Select(_ => (long)random.Next(below))];
        return new(MemoryMarshal.AsBytes(positions.AsSpan()).ToArray(), 0, new(dims, strides), DType.Int64);
    }

    /// <summary>Expects the same bytes in both memories, also between the elements.</summary>
    public void ExpectEqual(string what)
    {
        byte[] expected = new byte[OnCpu.Storage.ByteLength], actual = new byte[expected.Length];
        Device.Cpu.Backend.Read(OnCpu.Storage, 0, expected);
        EmulatedCuda.Device.Backend.Read(OnCuda.Storage, 0, actual);
        for (int i = 0; i < expected.Length / OnCpu.DType.SizeOf(); i++)
        {
            // One NaN is as good as another.
            if (!Number(expected, i).Equals(Number(actual, i)))
            {
                Assert.Fail($"{what}: element {i} of the memory is {Number(actual, i)}, not {Number(expected, i)}");
            }
        }

        object Number(byte[] bytes, int i) => OnCpu.DType switch
        {
            DType.Float32 => MemoryMarshal.Cast<byte, float>(bytes)[i],
            DType.Float64 => MemoryMarshal.Cast<byte, double>(bytes)[i],
            DType.Int64 => MemoryMarshal.Cast<byte, long>(bytes)[i],
            DType.Int32 => MemoryMarshal.Cast<byte, int>(bytes)[i],
            _ => bytes[i],
        };
    }

    public override string ToString() =>
        $"{OnCpu.DType.DisplayName()}[{string.Join(", ", OnCpu.Layout.Dims)}] steps "
            + $"({string.Join(", ", OnCpu.Layout.Strides)}) from {OnCpu.Offset}";

    // Small numbers, whole ones too, and what conversions stumble over: NaN, infinities, numbers beyond an integer's
    // range.
    private static byte[] Bytes(System.Random random, DType type, long count)
    {
        byte[] bytes = new byte[count * type.SizeOf()];
        for (int i = 0; i < count; i++)
        {
            double value = random.Next(12) switch
            {
                0 => double.NaN,
                1 => double.PositiveInfinity,
                2 => double.NegativeInfinity,
                3 => random.Next(2) == 0 ? 1e12 : -1e12,
                4 or 5 => 0,
                _ => (random.NextDouble() - 0.5) * 100,
            };
            switch (type)
            {
                case DType.Float32: MemoryMarshal.Cast<byte, float>(bytes.AsSpan())[i] = (float)value; break;
                case DType.Float64: MemoryMarshal.Cast<byte, double>(bytes.AsSpan())[i] = value; break;
                case DType.Int64: MemoryMarshal.Cast<byte, long>(bytes.AsSpan())[i] = long.CreateSaturating(value);
                break;
                case DType.Int32: MemoryMarshal.Cast<byte, int>(bytes.AsSpan())[i] = int.CreateSaturating(value); break;
                default: bytes[i] = value > 0 ? (byte)1 : (byte)0; break;
            }
        }

        return bytes;
    }

    private static long Product(int[] dims) => dims.Aggregate(1L, (product, dim) => product * dim);
}
