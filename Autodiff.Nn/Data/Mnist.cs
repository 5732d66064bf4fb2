using System.Diagnostics;
using Autodiff.IO;

namespace Autodiff.Nn;

/// <summary>The two parts in which MNIST is published.</summary>
public enum MnistSplit
{
    /// <summary>60,000 images, files <c>train-*</c>.</summary>
    Train,

    /// <summary>10,000 images, files <c>t10k-*</c>.</summary>
    Test,
}

/// <summary>
/// MNIST: handwritten digits of 28 × 28 grey pixels with their labels (LeCun, Bottou, Bengio, Haffner, "Gradient-based
/// learning applied to document recognition", 1998), or part of it. The same format carries Fashion-MNIST and KMNIST.
/// </summary>
/// <example><code>
/// string folder = await Mnist.DownloadAsync();
/// Mnist train = Mnist.Load(folder, MnistSplit.Train).Filter(1, 7);
/// </code></example>
[DebuggerDisplay("{Count} images")]
public sealed class Mnist
{
    /// <summary>The height of an image in pixels.</summary>
    public const int Rows = 28;

    /// <summary>The width of an image in pixels.</summary>
    public const int Columns = 28;

    /// <summary>The mean of all training pixels as a part of 255, to PyTorch's usual four digits.</summary>
    public const float Mean = 0.1307f;

    /// <summary>Their standard deviation likewise.</summary>
    public const float StandardDeviation = 0.3081f;

    private const int ImageSize = Rows * Columns;
    private const int Classes = 10;

    private readonly byte[] _pixels;
    private readonly byte[] _labels;

    private Mnist(byte[] pixels, byte[] labels)
    {
        _pixels = pixels;
        _labels = labels;
    }

    /// <summary>The number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>All pixels, 0 (paper) to 255 (ink): <see cref="Count"/> images of 28 rows of 28 columns.</summary>
    public ReadOnlyMemory<byte> Pixels => _pixels;

    /// <summary>The label of each image, 0 to 9.</summary>
    public ReadOnlyMemory<byte> LabelBytes => _labels;

    /// <summary>
    /// Gets MNIST from public mirrors into a cache folder, where it stays. A file that is there already, fetched or put
    /// there by hand, is not fetched again.
    /// </summary>
    /// <param name="options">Where from and where to; null for the defaults.</param>
    /// <param name="progress">Told every 128 KiB or so.</param>
    /// <param name="cancellationToken">Stops it; nothing half-written stays.</param>
    /// <returns>The folder with the four files, for <see cref="Load"/>.</returns>
    /// <remarks>Every file is verified by its SHA-256. Threads and processes may do this at the same time.</remarks>
    /// <exception cref="IOException">The mirrors did not give all four files; the message says what each answered and
    /// how to provide the files by hand.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<string> DownloadAsync(
        MnistOptions? options = null, IProgress<MnistProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        new MnistDownloader(options ?? new MnistOptions(), progress).RunAsync(cancellationToken);

    /// <summary>Reads one split from the folder that holds its two files, as published or decompressed.</summary>
    /// <param name="folder">The folder, or one in which torchvision put them (<c>MNIST/raw</c> below it).</param>
    /// <param name="split">Which split.</param>
    /// <remarks>Names are accepted as <c>train-images-idx3-ubyte</c> and as <c>train-images.idx3-ubyte</c>, with or
    /// without <c>.gz</c>.</remarks>
    /// <exception cref="FileNotFoundException">A file is not there; the message says which names were looked
    /// for.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or holds something else than MNIST.</exception>
    public static Mnist Load(string folder, MnistSplit split)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string prefix = split switch
        {
            MnistSplit.Train => "train",
            MnistSplit.Test => "t10k",
            _ =>
                throw new ArgumentOutOfRangeException(nameof(split), split,
                    "Mnist.Load: the splits are Train and Test."),
        };
        return FromFiles(Find(folder, prefix + "-images-idx3-ubyte"), Find(folder, prefix + "-labels-idx1-ubyte"));
    }

    /// <summary>
    /// Reads images and their labels from two idx files, gzip-compressed or not, whatever their names.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or they are not n images of 28 × 28 bytes and n labels
    /// from 0 to 9.</exception>
    public static Mnist FromFiles(string imagesPath, string labelsPath)
    {
        IdxArray images = IdxFile.Read(imagesPath);
        IdxArray labels = IdxFile.Read(labelsPath);
        if (images.ElementType != IdxElementType.UInt8 || images.Shape is not [_, Rows, Columns])
        {
            throw new InvalidDataException(
                $"Mnist: '{imagesPath}' holds {images}; expected UInt8 [n, {Rows}, {Columns}].");
        }
        if (labels.ElementType != IdxElementType.UInt8 || labels.Shape.Length != 1)
        {
            throw new InvalidDataException($"Mnist: '{labelsPath}' holds {labels}; expected UInt8 [n].");
        }
        if (images.Shape[0] != labels.Length)
        {
            throw new InvalidDataException(
                $"Mnist: '{imagesPath}' holds {images.Shape[0]} images, '{labelsPath}' {labels.Length} labels.");
        }
        int wrong = labels.AsSpan<byte>().IndexOfAnyExceptInRange((byte)0, (byte)(Classes - 1));
        if (wrong >= 0)
        {
            throw new InvalidDataException(
                $"Mnist: '{labelsPath}' has label {labels.AsSpan<byte>()[wrong]} at {wrong}; expected 0 to "
                    + $"{Classes - 1}.");
        }
        return new Mnist(images.AsSpan<byte>().ToArray(), labels.AsSpan<byte>().ToArray());
    }

    /// <summary>The 784 pixels of one image, row by row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> Image(int index) => _pixels.AsSpan(CheckedIndex(index) * ImageSize, ImageSize);

    /// <summary>
    /// The images as float32 [n, 1, 28, 28]: (pixel / 255 - 0.1307) / 0.3081, bit for bit as torchvision's
    /// <c>ToTensor</c> and <c>Normalize((0.1307,), (0.3081,))</c> compute it.
    /// </summary>
    /// <param name="normalize">False for pixel / 255 alone, from 0 to 1.</param>
    /// <returns>A new tensor, 3 KiB an image.</returns>
    public Tensor ToImageTensor(bool normalize = true)
    {
        Span<float> table = stackalloc float[256];
        for (int i = 0; i < table.Length; i++)
        {
            float unit = i / 255f;
            table[i] = normalize ? (unit - Mean) / StandardDeviation : unit;
        }
        float[] values = GC.AllocateUninitializedArray<float>(_pixels.Length);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = table[_pixels[i]];
        }
        return Tensor.From<float>(values, [Count, 1, Rows, Columns]);
    }

    /// <summary>The labels as int64 [n].</summary>
    public Tensor ToLabelTensor() => Tensor.From<long>(Array.ConvertAll(_labels, label => (long)label), [Count]);

    /// <summary>The images with one of these labels, in their order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A label is not from 0 to 9.</exception>
    public Mnist Filter(params ReadOnlySpan<int> labels)
    {
        Span<bool> wanted = stackalloc bool[Classes];
        foreach (int label in labels)
        {
            if ((uint)label >= Classes)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(labels), label, $"Mnist.Filter: labels are 0 to {Classes - 1}, not {label}.");
            }
            wanted[label] = true;
        }
        var indices = new List<int>(Count);
        for (int i = 0; i < Count; i++)
        {
            if (wanted[_labels[i]])
            {
                indices.Add(i);
            }
        }
        return Subset(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(indices));
    }

    /// <summary>The images at these indices, in the order given; an index may come more than once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public Mnist Subset(params ReadOnlySpan<int> indices)
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(indices.Length * ImageSize));
        byte[] labels = new byte[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            Image(indices[i]).CopyTo(pixels.AsSpan(i * ImageSize));
            labels[i] = _labels[indices[i]];
        }
        return new Mnist(pixels, labels);
    }

    /// <summary>The same images with each label replaced, as by <c>digit => digit == 1 ? 1 : 0</c>.</summary>
    /// <exception cref="ArgumentException"><paramref name="map"/> gave a label that is not from 0 to 9.</exception>
    public Mnist MapLabels(Func<int, int> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        byte[] labels = Array.ConvertAll(_labels, label => map(label) is >= 0 and < Classes and var mapped
            ? (byte)mapped
            : throw new ArgumentException(
                $"Mnist.MapLabels: label {label} became {map(label)}; labels are 0 to {Classes - 1}.", nameof(map)));
        return new Mnist(_pixels, labels);
    }

    /// <summary>Where a file may lie, first the place that <see cref="DownloadAsync"/> gives it.</summary>
    internal static IEnumerable<string> Candidates(string folder, string name) =>
        from place in (string[])[folder, Path.Combine(folder, "MNIST", "raw")]
        from spelling in Spellings(name)
        select Path.Combine(place, spelling);

    private static string[] Spellings(string name)
    {
        string dotted = name.Replace("-idx", ".idx", StringComparison.Ordinal);
        return [name, $"{name}.gz", dotted, $"{dotted}.gz"];
    }

    private static string Find(string folder, string name) => Candidates(folder, name).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException(
            $"Mnist.Load: '{Path.GetFullPath(folder)}' has none of {string.Join(", ", Spellings(name))}. "
            + "Mnist.DownloadAsync fetches them.",
            name);

    private int CheckedIndex(int index) => (uint)index < (uint)Count
        ? index
        : throw new ArgumentOutOfRangeException(nameof(index), index,
            $"Mnist: there are {Count} images, none at index {index}.");
}
