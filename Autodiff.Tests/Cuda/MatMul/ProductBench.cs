using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Devices.Reference;
using Autodiff.Gpu;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels.Gemm;
using Autodiff.Operations;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Cuda.MatMul;

/// <summary>How a matrix, or a batch of them, lies in its storage.</summary>
public enum MatrixLayout
{
    /// <summary>Row by row.</summary>
    Rows,

    /// <summary>Column by column.</summary>
    Columns,

    /// <summary>
    /// Row by row with three elements between rows, from the second element on: nothing is 16-byte aligned.
    /// </summary>
    LooseRows,

    /// <summary>Column by column with three elements between columns.</summary>
    LooseColumns,

    /// <summary>Every other element of every row.</summary>
    Scattered,

    /// <summary>One matrix for the whole batch.</summary>
    Shared,

    /// <summary>Rows from the last to the first.</summary>
    Reversed,
}

/// <summary>A product to be made on the emulated device and by the reference backend.</summary>
internal sealed record ProductCase(int M, int N, int K)
{
    public DType Type { get; init; } = DType.Float32;

    public int Batch { get; init; } = 1;

    public MatrixLayout A { get; init; }

    public MatrixLayout B { get; init; }

    public MatrixLayout C { get; init; }

    public bool Bias { get; init; }

    public bool Relu { get; init; }

    /// <summary>What the plan should be; the device's own choice if null.</summary>
    public GemmPlan? Plan { get; init; }

    public MatMulPrecision Precision { get; init; }

    /// <summary>Whether elements are small integers, whose products and sums are exact in every arithmetic.</summary>
    public bool Exact { get; init; } = true;

    /// <summary>
    /// How far from the exact answer an element may be, in units of the sum of the products' magnitudes.
    /// </summary>
    public double Tolerance { get; init; }
}

/// <summary>Makes products on the emulated device and compares them with the reference backend's.</summary>
internal sealed class ProductBench : IDisposable
{
    private readonly EmulatedDriver _driver = new(1UL << 28);
    private readonly List<Storage> _storages = [];

    public ProductBench()
    {
        Context = new(_driver, 0);
        Backend = new(Context);
    }

    public CudaContext Context { get; }

    public CudaBackend Backend { get; }

    public long Launches => _driver.Launches;

    public void Dispose()
    {
        // Before the driver goes, so that no finalizer comes to it later.
        _storages.ForEach(static storage => storage.Release());
        _driver.Dispose();
    }

    /// <summary>Fails unless the device's answer is the reference's, and nothing else was written.</summary>
    public void Check(ProductCase c)
    {
        if (c.Type == DType.Float32)
        {
            Check<float>(c, static x => (float)x, static x => x);
        }
        else
        {
            Check<double>(c, static x => x, static x => x);
        }
    }

    private void Check<T>(ProductCase c, Func<double, T> from, Func<T, double> to) where T : unmanaged
    {
        Random random = new(c.M + c.N + c.K);
        T nan = from(double.NaN);
        (T[] Memory, long Offset, Layout Layout) a = Make(c.Batch, c.M, c.K, c.A), b = Make(c.Batch, c.K, c.N, c.B),
            y = Make(c.Batch, c.M, c.N, c.C, blank: true);
        (T[] Memory, long Offset, Layout Layout) bias = ([.. Enumerable.Range(0, c.N).Select(_ => Next())], 0,
            new([c.N], [1]));

        IBackend reference = ReferenceBackend.Device.Backend;
        TensorView want = On(reference, y);
        reference.MatMul(On(reference, a), On(reference, b), c.Bias ? On(reference, bias) : null, want);
        if (c.Relu)
        {
            reference.Map(default(Of1<Relu>), [want], want, c.Type);
        }

        TensorView got = On(Backend, y);
        (MatMulPrecision before, Autodiff.Cuda.MatMulPrecision,
            Backend.Products.Forced) = (Autodiff.Cuda.MatMulPrecision, c.Precision, c.Plan);
        try
        {
            Backend.MatMul(On(Backend, a), On(Backend, b), c.Bias ? On(Backend, bias) : null, got, c.Relu);
        }
        finally
        {
            (Autodiff.Cuda.MatMulPrecision, Backend.Products.Forced) = (before, null);
        }

        T[] expected = Read(reference, want), actual = Read(Backend, got);
        if (c.Tolerance == 0)
        {
            Assert.That(actual, Is.EqualTo(expected), c.ToString());
            return;
        }

        // Magnitudes of the products, by the reference too.
        TensorView magnitudes = On(reference, y);
        reference.MatMul(Magnitude(a), Magnitude(b), null, magnitudes);
        T[] sizes = Read(reference, magnitudes);
        for (int i = 0; i < actual.Length; i++)
        {
            double error = Math.Abs(to(actual[i]) - to(expected[i]));
            Assert.That(error, Is.LessThanOrEqualTo(c.Tolerance * to(sizes[i]) + 1e-30),
                $"element {i} of {c}: {actual[i]}, not {expected[i]}");
        }

        T Next() => from(c.Exact ? random.Next(-3, 4) : random.NextDouble() - 0.5);

        // What lies between the elements is NaN, which shows in every sum that it gets into.
        (T[], long, Layout) Make(int batch, int rows, int columns, MatrixLayout layout, bool blank = false)
        {
            (long row, long column, long offset, long size) = layout switch
            {
                MatrixLayout.Columns => (1, rows, 0, (long)rows * columns),
                MatrixLayout.LooseRows => (columns + 3, 1, 1, (long)rows * (columns + 3)),
                MatrixLayout.LooseColumns => (1, rows + 3, 1, (long)columns * (rows + 3)),
                MatrixLayout.Scattered => ((2 * columns) + 1, 2, 1, (long)rows * ((2 * columns) + 1)),
                MatrixLayout.Reversed => (-columns, 1, Math.Max(rows - 1, 0) * (long)columns, (long)rows * columns),
                _ => (columns, 1, 0, (long)rows * columns),
            };
            long step = layout == MatrixLayout.Shared ? 0 : size;
            T[] memory = new T[(layout == MatrixLayout.Shared ? 1 : batch) * size + offset + 4];
            Array.Fill(memory, nan);
            for (int t = 0; t < batch && !blank; t++)
            {
                for (int i = 0; i < rows; i++)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        memory[(t * step) + offset + (i * row) + (j * column)] = Next();
                    }
                }
            }

            return (memory, offset, new([batch, rows, columns], [step, row, column]));
        }

        TensorView Magnitude((T[] Memory, long Offset, Layout Layout) x) =>
            On(reference, (Array.ConvertAll(x.Memory, v => from(Math.Abs(to(v)))), x.Offset, x.Layout));

        TensorView On(IBackend backend, (T[] Memory, long Offset, Layout Layout) x)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes<T>(x.Memory);
            Storage storage = backend.Allocate(bytes.Length);
            backend.Write(bytes, storage, 0);
            _storages.Add(storage);
            return new(storage, x.Offset, x.Layout, c.Type);
        }

        T[] Read(IBackend backend, TensorView view)
        {
            T[] memory = new T[y.Memory.Length];
            backend.Read(view.Storage, 0, MemoryMarshal.AsBytes(memory.AsSpan()));
            return memory;
        }
    }
}
