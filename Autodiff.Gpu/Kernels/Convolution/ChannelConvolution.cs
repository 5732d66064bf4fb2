using System.Diagnostics.CodeAnalysis;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels.Gemm;

namespace Autodiff.Gpu.Kernels.Convolution;

/// <summary>
/// Products of a gathered factor that <see cref="ChannelKernel"/> and <see cref="TapKernel"/> do instead of tiles.
/// </summary>
internal static class ChannelConvolution
{
    // A tile has 32 rows at least, of which a product with fewer leaves the rest empty; a thread of the kernel needs
    // some ten instructions where one of a tile needs two.
    private const int MostRows = 2;

    // Sums are made by one thread each: longer ones are better cut into parts.
    private const int MostTerms = 512;

    private static readonly GatherDim s_none = new(1, 0, 0);

    /// <summary>Whether a product is for this kernel.</summary>
    public static bool IsFor(in GemmProblem product) =>
        product.M <= MostRows && (product.GatherA is not null || product.K <= MostTerms)
            && (long)product.Batch * product.M * product.N <= int.MaxValue;

    /// <summary>Does a product.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="product">The product; its right factor is gathered, its columns are samples and places.</param>
    /// <param name="weight">Elements of the weight from a group, a row and a channel to the next.</param>
    /// <param name="taps">Elements of the weight from a tap to the next along each dimension.</param>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Cuda.")]
    public static void Run(
        CudaBackend backend, in GemmProblem product, (long Group, long Row, long Channel) weight,
        ReadOnlySpan<long> taps)
    {
        (Gather source, GatherIndex columns) = (product.GatherB!, product.Columns!);
        LoadedKernel kernel = backend.Compiled.Get(
            ChannelKernel.Name, TypeOf(product), static type => ChannelKernel.Method((DType)type));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);

        arguments.AddView(product.B.Address - Origin(source, source.Lines, product.ElementSize));
        arguments.AddView(product.A.Address);
        arguments.AddView(product.Bias);
        arguments.AddView(product.C.Address);
        for (int d = taps.Length - 3; d < taps.Length; d++)
        {
            Add(ref arguments, source, columns, d, d < 0 ? 0 : (int)taps[d]);
        }

        StrideTypes.Add(ref arguments, new Divisor((uint)product.M));
        StrideTypes.Add(ref arguments, new Divisor((uint)product.Batch));
        int channels = product.K / source.Depth.Dims.Aggregate(1, static (count, dim) => count * dim.Count);
        int samples = columns.Channels;
        uint count = (uint)product.Batch * (uint)product.M * (uint)(product.N / samples)
            * (uint)GemmPlan.Over(samples, ChannelKernel.SamplesPerThread);
        foreach (long number in (ReadOnlySpan<long>)
        [
            channels, source.Lines.ChannelStep, product.B.BatchStride, source.Depth.ChannelStep,
            weight.Group, weight.Row, weight.Channel, product.M,
            columns.ChannelStep, product.C.BatchStride, product.C.RowStride,
        ])
        {
            arguments.Add((int)number);
        }

        arguments.Add(count);
        arguments.Add(samples);
        arguments.Add(product.HasBias ? 1 : 0);
        uint threads = (uint)backend.Sizes.Block;
        backend.Launch(kernel, (count + threads - 1) / threads, backend.Sizes.Block, block);
    }

    /// <summary>Does the product that is the weight, of two gathered factors.</summary>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Cuda.")]
    public static void RunWeight(CudaBackend backend, in GemmProblem product)
    {
        (Gather output, Gather input) = (product.GatherA!, product.GatherB!);
        LoadedKernel kernel = backend.Compiled.Get(
            TapKernel.Name, TypeOf(product), static type => TapKernel.Method((DType)type));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.AddView(product.B.Address - Origin(input, input.Depth, product.ElementSize));
        arguments.AddView(product.A.Address);
        arguments.AddView(product.C.Address);
        int rank = input.Sizes.Length, taps = 1;
        for (int d = rank - 3; d < rank; d++)
        {
            (GatherDim tap, GatherDim place) = d < 0 ? (s_none, s_none) : (input.Lines.Dims[d], input.Depth.Dims[d]);
            taps *= tap.Count;
            StrideTypes.Add(ref arguments, new Divisor((uint)place.Count));
            StrideTypes.Add(ref arguments, new Divisor((uint)tap.Count));
            foreach (int number in (ReadOnlySpan<int>)
            [
                place.Scale, d < 0 ? 0 : input.Shifts[d], tap.Scale, d < 0 ? 1 : input.Sizes[d],
                d < 0 ? 0 : place.Step / place.Scale,
            ])
            {
                arguments.Add(number);
            }
        }

        // Samples are next to each other in the threads as far as the places of one leave threads without work.
        int samples = input.Depth.Channels, places = product.K / samples,
            abreast = Math.Clamp(GemmPlan.Over(2 * backend.Sizes.Block, places), 1, samples);
        StrideTypes.Add(ref arguments, new Divisor((uint)(product.N / taps)));
        StrideTypes.Add(ref arguments, new Divisor((uint)product.M));
        foreach (long number in (ReadOnlySpan<long>)
        [
            input.Depth.ChannelStep, input.Lines.ChannelStep, product.B.BatchStride, output.Depth.ChannelStep,
            output.Lines.ChannelStep, places * abreast, samples, abreast,
        ])
        {
            arguments.Add((int)number);
        }

        arguments.Add((long)abreast * input.Depth.ChannelStep);
        arguments.Add((long)abreast * output.Depth.ChannelStep);

        backend.Launch(
            kernel, (uint)product.Batch * (uint)product.M * (uint)product.N, backend.Sizes.Block, block);
    }

    private static ulong TypeOf(in GemmProblem product) =>
        (ulong)(product.ElementSize == 8 ? DType.Float64 : DType.Float32);

    // A dimension that is not there has one place, one tap and one element.
    private static void Add(
        ref ArgumentWriter arguments, Gather source, GatherIndex columns, int d, int tapStep)
    {
        (GatherDim line, GatherDim tap) = d < 0 ? (s_none, s_none) : (source.Lines.Dims[d], source.Depth.Dims[d]);
        StrideTypes.Add(ref arguments, new Divisor((uint)line.Count));
        foreach (int number in (ReadOnlySpan<int>)
        [
            line.Scale, d < 0 ? 0 : source.Shifts[d], tap.Count, tap.Scale, d < 0 ? 1 : source.Sizes[d],
            d < 0 ? 0 : line.Step / line.Scale, tapStep, d < 0 ? 0 : columns.Dims[d].Step,
        ])
        {
            arguments.Add(number);
        }
    }

    // Bytes from the operand to the first line's first term. The kernels look at coordinates before they compute a
    // place, so they count places from the operand on; coordinates and places move in proportion.
    private static ulong Origin(Gather source, GatherIndex index, int elementSize)
    {
        long elements = 0;
        for (int d = 0; d < source.Sizes.Length; d++)
        {
            elements += (long)source.Shifts[d] * (index.Dims[d].Step / index.Dims[d].Scale);
        }

        return (ulong)(elements * elementSize);
    }
}
