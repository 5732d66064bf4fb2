using System.Runtime.InteropServices;
using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Steps;

namespace Autodiff;

// Random tensors. A seed means the same numbers on every device: PyTorch's CPU stream is drawn on the processor
// whatever the device, Philox's where the tensor is.
public sealed partial class Tensor
{
    /// <summary>Restarts <see cref="TorchGenerator.Default"/>, as <c>torch.manual_seed(seed)</c> does.</summary>
    /// <param name="seed">Any value; only its low 32 bits count.</param>
    /// <returns>The default generator.</returns>
    public static TorchGenerator ManualSeed(long seed) => TorchGenerator.Default.ManualSeed(seed);

    /// <summary>Uniform numbers in [0, 1) (<c>torch.rand</c>).</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the tensor will be.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public static Tensor Rand(Shape shape, DType type = DType.Float32, Device? device = null,
        Generator? generator = null) =>
        Empty(shape, type, device).UniformInPlace(0, 1, generator);

    /// <summary>Standard normal numbers (<c>torch.randn</c>).</summary>
    /// <inheritdoc cref="Rand"/>
    public static Tensor Randn(Shape shape, DType type = DType.Float32, Device? device = null,
        Generator? generator = null) =>
        Empty(shape, type, device).NormalInPlace(0, 1, generator);

    /// <summary>Normal numbers with one mean and one standard deviation (<c>torch.normal</c>).</summary>
    /// <inheritdoc cref="Rand"/>
    /// <param name="mean">The mean.</param>
    /// <param name="std">The standard deviation, at least 0.</param>
    public static Tensor Normal(
        double mean, double std, Shape shape, DType type = DType.Float32, Device? device = null,
        Generator? generator = null) =>
        Empty(shape, type, device).NormalInPlace(mean, std, generator);

    /// <summary>
    /// Normal numbers, each with its own mean and standard deviation: z std + mean with z standard normal.
    /// </summary>
    /// <param name="mean">The means; broadcast against <paramref name="std"/>.</param>
    /// <param name="std">The standard deviations, at least 0.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A standard deviation is negative or NaN; nothing was
    /// drawn.</exception>
    public static Tensor Normal(Tensor mean, Tensor std, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(std);
        using (Unrecorded())
        {
            Layout shape = Broadcasting.Result(nameof(Normal), mean._layout, std._layout);
            if (std.ElementCount > 0)
            {
                StepRecording.Look(std.Detach(), static scales =>
                {
                    BitGenerator.RequireScale(nameof(Normal), scales.Min().Item(), nameof(std));
                    return true;
                });
            }

            Tensor z = Randn(shape.Shape, TypePromotion.Float(TypePromotion.Result(mean, std)),
                mean.IsNumber ? std.Device : mean.Device, generator);
            return z.MulInPlace(std).AddInPlace(mean);
        }
    }

    /// <summary>Whole numbers in [low, high) (<c>torch.randint</c>).</summary>
    /// <inheritdoc cref="Rand"/>
    /// <param name="low">The smallest.</param>
    /// <param name="high">One more than the largest.</param>
    /// <param name="type">Any type that holds the numbers.</param>
    public static Tensor RandInt(
        long low, long high, Shape shape, DType type = DType.Int64, Device? device = null,
        Generator? generator = null) =>
        Empty(shape, type, device).RandomInPlace(low, high, generator);

    /// <summary>Whole numbers in [0, high).</summary>
    /// <inheritdoc cref="RandInt(long, long, Shape, DType, Device, Generator)"/>
    public static Tensor RandInt(long high, Shape shape, DType type = DType.Int64, Device? device = null,
        Generator? generator = null) =>
        RandInt(0, high, shape, type, device, generator);

    /// <summary>A random order of 0, 1, ..., n - 1 (<c>torch.randperm</c>).</summary>
    /// <param name="n">How many.</param>
    /// <param name="type">Any type that holds the numbers.</param>
    /// <param name="device">Where the tensor will be.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public static Tensor RandPerm(int n, DType type = DType.Int64, Device? device = null, Generator? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        generator ??= TorchGenerator.Default;
        return Drawn<long>([n], generator.RandPerm, device ?? Device.Current, new(nameof(RandPerm), generator))
            .To(type);
    }

    /// <summary>Uniform numbers in [0, 1) in the shape, type and device of <paramref name="like"/>.</summary>
    public static Tensor RandLike(Tensor like, Generator? generator = null) =>
        Rand(like.Shape, like.DType, like.Device, generator);

    /// <summary>Standard normal numbers in the shape, type and device of <paramref name="like"/>.</summary>
    public static Tensor RandnLike(Tensor like, Generator? generator = null) =>
        Randn(like.Shape, like.DType, like.Device, generator);

    /// <summary>Whole numbers in [low, high) in the shape, type and device of <paramref name="like"/>.</summary>
    public static Tensor RandIntLike(Tensor like, long low, long high, Generator? generator = null) =>
        RandInt(low, high, like.Shape, like.DType, like.Device, generator);

    /// <summary>
    /// Ones with the probability that each element of <paramref name="p"/> gives, else zeros (<c>torch.bernoulli</c>).
    /// </summary>
    /// <param name="p">Probabilities in [0, 1], float32 or float64.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A probability is outside [0, 1].</exception>
    public static Tensor Bernoulli(Tensor p, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(p);
        p.RequireFloating(nameof(Bernoulli));
        generator ??= TorchGenerator.Default;
        Tensor host = p.Detach().To(Device.Cpu).Contiguous(), drawn = Empty(p.Shape, p.DType, Device.Cpu);
        // The probabilities are an operand: a replay reads those that the step has then.
        StepRecording.Live(new CallCommand<Generator>(nameof(Bernoulli), generator, [host.View, drawn.View], 1,
            static (generator, views) =>
        {
            using MemoryUse use = MemoryUse.Begin();
            if (views[1].DType == DType.Float64)
            {
                generator.Bernoulli(HostMemory<double>(views[1], use), HostMemory<double>(views[0], use));
            }
            else
            {
                generator.Bernoulli(HostMemory<float>(views[1], use), HostMemory<float>(views[0], use));
            }
        }));
        return drawn.To(p.Device);
    }

    /// <summary>Fills this tensor with uniform numbers in [from, to) (<c>uniform_</c>).</summary>
    /// <param name="from">The lower bound.</param>
    /// <param name="to">The upper bound.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <returns>This tensor.</returns>
    /// <exception cref="ArgumentException">The bounds are reversed or not finite.</exception>
    /// <exception cref="InvalidOperationException">The type is not floating, or the tensor is a leaf that requires grad
    /// and recording is on.</exception>
    public Tensor UniformInPlace(double from = 0, double to = 1, Generator? generator = null)
    {
        generator ??= TorchGenerator.Default;
        return DrawInPlace(
            new(nameof(UniformInPlace), generator, from, to), target => generator.Uniform(target, from, to),
            target => generator.Uniform(target, from, to),
            generator is PhiloxGenerator philox ? (type, count) => philox.TakeUniform(type, count, from, to) : null);
    }

    /// <summary>Fills this tensor with normal numbers (<c>normal_</c>).</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="std">The standard deviation, at least 0.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <returns>This tensor.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="std"/> is negative or NaN.</exception>
    /// <exception cref="InvalidOperationException">The type is not floating, or the tensor is a leaf that requires grad
    /// and recording is on.</exception>
    public Tensor NormalInPlace(double mean = 0, double std = 1, Generator? generator = null)
    {
        generator ??= TorchGenerator.Default;
        bool whole = IsContiguous;
        return DrawInPlace(
            new(nameof(NormalInPlace), generator, mean, std), target => generator.Normal(target, mean, std, whole),
            target => generator.Normal(target, mean, std, whole),
            generator is PhiloxGenerator philox ? (type, count) => philox.TakeNormal(type, count, mean, std) : null);
    }

    /// <summary>Fills this tensor with whole numbers in [low, high) (<c>random_</c>).</summary>
    /// <param name="low">The smallest.</param>
    /// <param name="high">One more than the largest.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <returns>This tensor.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No integer lies in the range, or the elements are int32 or bool
    /// and it is not inside theirs.</exception>
    public Tensor RandomInPlace(long low, long high, Generator? generator = null)
    {
        generator ??= TorchGenerator.Default;
        Held(nameof(RandomInPlace), low, DType);
        Held(nameof(RandomInPlace), high > low ? high - 1 : high, DType);
        if (DType == DType.Bool && high > low && (low < 0 || high > 2))
        {
            throw new ArgumentOutOfRangeException(nameof(high), high,
                $"RandomInPlace: bool holds 0 and 1, not the whole numbers in [{low}, {high}).");
        }

        BeforeChange(nameof(RandomInPlace), null);
        return DrawInMemoryOrder<long>(target => generator.RandInt(target, low, high),
            new(nameof(RandomInPlace), generator, low, high));
    }

    /// <summary>
    /// Fills this tensor with ones with probability <paramref name="p"/>, else zeros (<c>bernoulli_</c>).
    /// </summary>
    /// <param name="p">The probability, in [0, 1].</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <returns>This tensor.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is outside [0, 1].</exception>
    public Tensor BernoulliInPlace(double p = 0.5, Generator? generator = null)
    {
        generator ??= TorchGenerator.Default;
        BeforeChange(nameof(BernoulliInPlace), null);
        return DrawInMemoryOrder<bool>(
            target => generator.Bernoulli(target, p), new(nameof(BernoulliInPlace), generator, p),
            generator is PhiloxGenerator philox ? (_, count) => philox.TakeChoice(count, p, 1, 0) : null);
    }

    /// <summary>
    /// Dropout's factors for <paramref name="like"/>, drawn in the order of its elements: 1 / (1 - p) or 0.
    /// </summary>
    internal static Tensor DropoutMask(Tensor like, double p, Generator generator)
    {
        Shape shape = like.Shape; // what a compiled step keeps of the tensor
        DeviceDraw? onDevice = generator is PhiloxGenerator philox ? (_, count) => philox.TakeDropout(count, p) : null;
        Drawing drawing = new(nameof(DropoutMask), generator, p);
        return like.DType == DType.Float64
            ? Drawn<double>(shape, target => generator.DropoutMask(target, p), like.Device, drawing, onDevice)
            : Drawn<float>(shape, target => generator.DropoutMask(target, p), like.Device, drawing, onDevice);
    }

    private delegate void Draw<T>(Span<T> target);

    /// <summary>Takes from the stream what a device then draws itself.</summary>
    private delegate PhiloxDraw DeviceDraw(DType type, long count);

    /// <summary>What is drawn: the same, where two recordings of a step agree.</summary>
    private readonly record struct Drawing(string Name, Generator Generator, double A = 0, double B = 0);

    private static Tensor Drawn<T>(Shape shape, Draw<T> draw, Device device, Drawing what, DeviceDraw? onDevice = null)
        where T : unmanaged
    {
        Tensor y = Empty(shape, DTypes.Of<T>(), device);
        y.DrawInto(draw, what, onDevice);
        return y;
    }

    private Tensor DrawInPlace(Drawing what, Draw<float> single, Draw<double> twice, DeviceDraw? onDevice)
    {
        RequireFloating(what.Name);
        BeforeChange(what.Name, null);
        return DType == DType.Float64
            ? DrawInMemoryOrder(twice, what, onDevice)
            : DrawInMemoryOrder(single, what, onDevice);
    }

    /// <summary>
    /// Draws as PyTorch walks a tensor: dimensions from the largest stride to the smallest, whatever order they are
    /// named in.
    /// </summary>
    private Tensor DrawInMemoryOrder<T>(Draw<T> draw, Drawing what, DeviceDraw? onDevice = null) where T : unmanaged
    {
        using (Unrecorded())
        {
            if (IsContiguous && DTypes.Of<T>() == DType)
            {
                DrawInto(draw, what, onDevice);
                _storage.Touch();
            }
            else
            {
                Tensor ordered = Alias();
                ordered = IsContiguous ? ordered : ordered.Permute(MemoryOrder());
                ordered.CopyFrom(Drawn(ordered.Shape, draw, Device, what, onDevice));
            }
        }

        if (GradMode.IsEnabled && !IsLeaf)
        {
            Changed(null, recorded: true); // what was computed before is gone
        }

        return this;
    }

    /// <summary>The dimensions by falling stride.</summary>
    private int[] MemoryOrder()
    {
        int[] order = [.. Enumerable.Range(0, Rank)];
        return IsContiguous ? order : [.. order.OrderByDescending(d => _layout.Strides[d])];
    }

    /// <summary>
    /// Draws into this tensor's memory; a compiled step draws anew at every replay. The generator's stream is the
    /// host's on every device, or one that a device can go through itself; the same seed gives the same numbers
    /// everywhere.
    /// </summary>
    private void DrawInto<T>(Draw<T> draw, Drawing what, DeviceDraw? onDevice) where T : unmanaged
    {
        StepRecording.Live(new CallCommand<(Draw<T>, DeviceDraw?)>(what.Name, (draw, onDevice), [View], 1,
            static (how, views) =>
        {
            TensorView view = views[0];
            (Draw<T> draw, DeviceDraw? onDevice) = how;
            if (onDevice is not null && view.Storage.Device.Backend is IPhiloxBackend backend)
            {
                backend.Draw(onDevice(view.DType, view.Count), view);
                return;
            }

            if (view.Storage is CpuStorage)
            {
                using MemoryUse use = MemoryUse.Begin();
                draw(HostMemory<T>(view, use));
                return;
            }

            T[] drawn = GC.AllocateUninitializedArray<T>(checked((int)view.Count));
            draw(drawn);
            view.Storage.Device.Backend.Write(MemoryMarshal.AsBytes(drawn.AsSpan()), view.Storage,
                view.Offset * view.DType.SizeOf());
        }, constants: what));
    }

    private static Span<T> HostMemory<T>(scoped in TensorView view, in MemoryUse use) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(
        ((CpuStorage)view.Storage).Bytes(use, view.Offset * view.DType.SizeOf(), view.Count * view.DType.SizeOf()));

    private void RequireFloating(string operation)
    {
        if (!DType.IsFloatingPoint())
        {
            throw new InvalidOperationException(
                $"{operation}: draws real numbers, and {Describe()} is {DType.DisplayName()}; use float32 or float64.");
        }
    }
}
