namespace Autodiff.Devices.Reference;

/// <summary>The convolution as it is defined: the sum of products of three, one product at a time.</summary>
internal static class ReferenceConvolution
{
    public static void Run(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias)
    {
        ReferenceView x = new(input), w = new(weight), y = new(output);
        TensorView result = wanted switch
        {
            ConvolutionResult.Input => input,
            ConvolutionResult.Weight => weight,
            _ => output,
        };
        ReferenceView to = new(result);
        double[] sums = new double[result.Count];
        int outputs = output.Layout.Dims[1] / geometry.Groups, inputs = weight.Layout.Dims[1];
        int[] inputDims = input.Layout.Dims;
        int[] at = new int[5];
        for (Coordinates i = new(output.Layout.Dims); i.Next();)
        {
            for (Coordinates k = new(weight.Layout.Dims.AsSpan(1)); k.Next();)
            {
                int[] tap = [i.At[1], .. k.At];
                (at[0], at[1]) = (i.At[0], (i.At[1] / outputs * inputs) + k.At[0]);
                bool inside = true;
                for (int d = 0; d < 3; d++)
                {
                    ConvolutionDim dim = geometry[d];
                    at[d + 2] = (i.At[d + 2] * dim.Stride) + (k.At[d + 1] * dim.Dilation) - dim.Padding;
                    inside &= at[d + 2] >= 0 && at[d + 2] < inputDims[d + 2];
                }

                if (!inside)
                {
                    continue;
                }

                switch (wanted)
                {
                    case ConvolutionResult.Input: sums[Place(inputDims, at)] += w[tap] * y[i.At]; break;
                    case ConvolutionResult.Weight: sums[Place(weight.Layout.Dims, tap)] += x[at] * y[i.At]; break;
                    default: sums[Place(output.Layout.Dims, i.At)] += x[at] * w[tap]; break;
                }
            }
        }

        ReferenceView channels = bias is { } given ? new(given) : default;
        int place = 0;
        for (Coordinates i = new(result.Layout.Dims); i.Next(); place++)
        {
            to[i.At] = bias is null ? sums[place] : sums[place] + channels[[i.At[1]]];
        }
    }

    private static int Place(ReadOnlySpan<int> dims, ReadOnlySpan<int> at)
    {
        int place = 0;
        for (int d = 0; d < dims.Length; d++)
        {
            place = (place * dims[d]) + at[d];
        }

        return place;
    }
}
