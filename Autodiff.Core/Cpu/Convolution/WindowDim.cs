using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// One dimension of a sum over taps: tap m of output i reads entry i · <see cref="Stride"/> + <see cref="First"/> + m ·
/// <see cref="Step"/> of the source. A convolution has it so, and of a transposed one each set of outputs that lie a
/// stride apart.
/// </summary>
internal struct WindowDim
{
    /// <summary>The outputs, and how far apart they read.</summary>
    public nint Outputs, Stride;

    /// <summary>The entries of the source.</summary>
    public nint Size;

    /// <summary>
    /// What the first tap of output 0 reads, and how far it is to the next tap's; the step may be negative.
    /// </summary>
    public nint First, Step;

    /// <summary>The taps, and where the weight has the first and the next one.</summary>
    public nint Taps, Kernel, KernelStep;

    /// <summary>Where the results lie: the first, the distance of two, and all entries there.</summary>
    public nint ResultFirst, ResultStep, ResultSize;

    /// <summary>What the lowest tap reads for output 0.</summary>
    public readonly nint Low => Step < 0 ? First + ((Taps - 1) * Step) : First;

    /// <summary>Whether every tap reads inside the source, one output beside the other.</summary>
    public readonly bool IsInside =>
        Stride == 1 && Low >= 0 && Outputs - 1 + Low + ((Taps - 1) * nint.Abs(Step)) < Size;

    /// <summary>
    /// Into how many slots a line of the source is de-interleaved by phase, so that what one tap reads for outputs in a
    /// row lies in a row: one for each remainder of the taps' distances by the stride.
    /// </summary>
    public readonly nint Slots => nint.Min(Taps, Period);

    /// <summary>After how many taps their distances have the same remainder by the stride again.</summary>
    public nint Period;

    /// <summary>A dimension of a convolution.</summary>
    public static WindowDim Forward(ConvolutionDim dim, int size, int taps, int outputs) => new()
    {
        Outputs = outputs,
        Stride = dim.Stride,
        Size = size,
        First = -dim.Padding,
        Step = dim.Dilation,
        Taps = taps,
        KernelStep = 1,
        ResultStep = 1,
        ResultSize = outputs,
        Period = dim.Stride / Divisor(dim.Dilation, dim.Stride),
    };

    /// <summary>
    /// A dimension of the transposed convolution, for the results at <paramref name="phase"/>, phase + stride, ...:
    /// those taps k whose distance phase + padding - k · dilation is a multiple of the stride.
    /// </summary>
    public static WindowDim Backward(ConvolutionDim dim, int size, int taps, int outputs, int phase)
    {
        nint stride = dim.Stride, dilation = dim.Dilation, at = phase + (nint)dim.Padding, first = 0;
        nint period = stride / Divisor(dilation, stride);
        while (first < period && (at - (first * dilation)) % stride != 0)
        {
            first++;
        }

        bool any = first < period && first < taps;
        return new()
        {
            Outputs = size > phase ? ((size - phase - 1) / stride) + 1 : 0,
            Stride = 1,
            Size = outputs,
            First = any ? (at - (first * dilation)) / stride : 0,
            Step = -(dilation * period / stride),
            Taps = any ? ((taps - 1 - first) / period) + 1 : 0,
            Kernel = first,
            KernelStep = period,
            ResultFirst = phase,
            ResultStep = stride,
            ResultSize = size,
            Period = 1,
        };
    }

    /// <summary>
    /// The taps of an output that read inside the source: from the first one to that before the end.
    /// </summary>
    public readonly (nint First, nint End) Inside(nint output) => Inside((output * Stride) + First, Step, Taps);

    /// <summary>
    /// Of <paramref name="count"/> outputs from <paramref name="output"/> on those for which tap <paramref name="m"/>
    /// reads inside the source: from the first one to that before the end, counted from there.
    /// </summary>
    public readonly (nint First, nint End) Reached(nint m, nint output, nint count) =>
        Inside((output * Stride) + First + (m * Step), Stride, count);

    /// <summary>Which of the entries at, at + step, ... are there.</summary>
    private readonly (nint First, nint End) Inside(nint at, nint step, nint count)
    {
        nint first = 0, end = count;
        while (first < end && (nuint)(at + (first * step)) >= (nuint)Size)
        {
            first++;
        }

        while (end > first && (nuint)(at + ((end - 1) * step)) >= (nuint)Size)
        {
            end--;
        }

        return (first, end);
    }

    /// <summary>The same with tap <paramref name="m"/> alone.</summary>
    public readonly WindowDim Only(nint m)
    {
        WindowDim dim = this;
        dim.First += m * Step;
        dim.Kernel += m * KernelStep;
        dim.Taps = 1;
        return dim;
    }

    /// <summary>The entries of a slot that <paramref name="outputs"/> outputs in a row read.</summary>
    public readonly nint Length(nint outputs) => outputs + ((Taps - 1) * nint.Abs(Step) / Stride);

    /// <summary>How far the entries of a slot are from what the lowest tap reads.</summary>
    public readonly nint Phase(nint slot) => Stride == 1 ? 0 : slot * nint.Abs(Step) % Stride;

    /// <summary>
    /// Where tap <paramref name="m"/> begins in a line of slots of <paramref name="length"/> entries.
    /// </summary>
    public readonly nint Offset(nint m, nint length)
    {
        nint rank = Step < 0 ? Taps - 1 - m : m, distance = rank * nint.Abs(Step);
        return Stride == 1 ? distance : (rank % Period * length) + (distance / Stride);
    }

    /// <summary>The greatest common divisor.</summary>
    private static nint Divisor(nint a, nint b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}
