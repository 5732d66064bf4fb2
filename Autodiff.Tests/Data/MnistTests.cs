using System.Security.Cryptography;
using Autodiff.IO;
using Autodiff.Nn;
using Autodiff.Tests.IO;

namespace Autodiff.Tests.Data;

public class MnistTests : FolderFixture
{
    [TestCase("train", 6742, 6265, "919fe005b8b563d60f7d5c95139069ecd3e27515e711265c870df74bae3a7f00")]
    [TestCase("t10k", 1135, 1028, "7da916415f0ff7a54aa8b09ca968110fc4765b817225ff31ba8097988f99f74f")]
    public void Shipped_ones_and_sevens_are_whole(string split, int ones, int sevens, string sha256)
    {
        string images = Shipped($"{split}-images-1-7.idx3-ubyte.gz");
        Mnist data = Mnist.FromFiles(images, Shipped($"{split}-labels-1-7.idx1-ubyte.gz"));
        using var content = new MemoryStream();
        IdxFile.Write(content, IdxFile.Read(images));
        Assert.Multiple(() =>
        {
            Assert.That(data.Count, Is.EqualTo(ones + sevens));
            Assert.That(data.Filter(1).Count, Is.EqualTo(ones));
            Assert.That(data.Filter(7).Count, Is.EqualTo(sevens));
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(content.ToArray())), Is.EqualTo(sha256));
        });
    }

    [TestCase("train-images-idx3-ubyte", "train-labels-idx1-ubyte")]
    [TestCase("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")]
    [TestCase("train-images.idx3-ubyte", "train-labels.idx1-ubyte.gz")]
    [TestCase("MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/train-labels-idx1-ubyte")]
    public void Load_knows_the_published_names(string images, string labels)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "MNIST/raw"));
        WriteFiles(images, labels, [3, 1, 4]);
        Mnist data = Mnist.Load(Folder, MnistSplit.Train);
        Assert.Multiple(() =>
        {
            Assert.That(data.LabelBytes.ToArray(), Is.EqualTo(new byte[] { 3, 1, 4 }));
            Assert.That(data.Image(1)[0], Is.EqualTo(1));
            Assert.That(data.Pixels.Length, Is.EqualTo(3 * 28 * 28));
            Assert.That(
                () => Mnist.Load(Folder, MnistSplit.Test),
                Throws.TypeOf<FileNotFoundException>().With.Message.Contains(Folder)
                    .And.Message.Contains("t10k-images-idx3-ubyte, t10k-images-idx3-ubyte.gz, t10k-images.idx3-ubyte"));
        });
    }

    [Test]
    public void Filter_subset_map_labels_keep_images_with_their_labels()
    {
        WriteFiles("i", "l", [7, 2, 1, 7, 9]);
        Mnist data = FromFolder();
        Mnist filtered = data.Filter(1, 7);
        Mnist mapped = filtered.MapLabels(digit => digit == 1 ? 1 : 0);
        Mnist subset = data.Subset(4, 0, 4);
        Assert.Multiple(() =>
        {
            Assert.That(filtered.LabelBytes.ToArray(), Is.EqualTo(new byte[] { 7, 1, 7 }));
            Assert.That(FirstPixels(filtered), Is.EqualTo(new byte[] { 0, 2, 3 }));
            Assert.That(mapped.LabelBytes.ToArray(), Is.EqualTo(new byte[] { 0, 1, 0 }));
            Assert.That(FirstPixels(mapped), Is.EqualTo(new byte[] { 0, 2, 3 }));
            Assert.That(subset.LabelBytes.ToArray(), Is.EqualTo(new byte[] { 9, 7, 9 }));
            Assert.That(FirstPixels(subset), Is.EqualTo(new byte[] { 4, 0, 4 }));
            Assert.That(data.Filter().Count, Is.Zero);
        });
    }

    [Test]
    public void To_tensors_normalizes_as_torchvision()
    {
        byte[] pixels = [.. Enumerable.Range(0, 784).Select(i => (byte)i)];
        IdxFile.Write(Path.Combine(Folder, "i"), IdxArray.Create<byte>(pixels, 1, 28, 28));
        IdxFile.Write(Path.Combine(Folder, "l"), IdxArray.Create<byte>([7], 1));
        Mnist data = FromFolder();
        Tensor images = data.ToImageTensor();
        Assert.Multiple(() =>
        {
            Assert.That(images.Shape.ToArray(), Is.EqualTo(new[] { 1, 1, 28, 28 }));
            // The smallest and largest values that PyTorch prints of normalised MNIST: -0.4242, 2.8215.
            Assert.That(images.Values<float>()[0], Is.EqualTo(-0.42421296f));
            Assert.That(images.Values<float>()[255], Is.EqualTo(2.8214867f));
            Assert.That(data.ToImageTensor(normalize: false).Values<float>()[51], Is.EqualTo(0.2f));
            Assert.That(data.ToLabelTensor().Values<long>(), Is.EqualTo(new[] { 7L }));
        });
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        WriteFiles("i", "l", [7, 2]);
        Mnist data = FromFolder();
        Assert.Multiple(() =>
        {
            Assert.That(() => data.Filter(10),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("0 to 9, not 10"));
            Assert.That(() => data.Subset(0, 2),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("2 images, none at index 2"));
            Assert.That(() => data.Image(-1).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => data.MapLabels(d => d * 10),
                Throws.ArgumentException.With.Message.Contains("label 7 became 70"));
        });
    }

    [Test]
    public void From_files_refuses_what_is_not_mnist()
    {
        var labels = IdxArray.Create<byte>([1, 2], 2);
        var images = IdxArray.Create<byte>(new byte[2 * 784], 2, 28, 28);
        Assert.Multiple(() =>
        {
            Refuses(labels, labels, "holds UInt8 [2]; expected UInt8 [n, 28, 28].");
            Refuses(IdxArray.Create<float>(new float[784], 1, 28, 28), labels, "holds Float32 [1, 28, 28]; expected");
            Refuses(images, images, "holds UInt8 [2, 28, 28]; expected UInt8 [n].");
            Refuses(images, IdxArray.Create<byte>([1], 1), "holds 2 images, ");
            Refuses(images, IdxArray.Create<byte>([1, 10], 2), "has label 10 at 1; expected 0 to 9.");
        });

        void Refuses(IdxArray images, IdxArray labels, string message)
        {
            IdxFile.Write(Path.Combine(Folder, "i"), images);
            IdxFile.Write(Path.Combine(Folder, "l"), labels);
            Assert.That(FromFolder, Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
        }
    }

    private static string Shipped(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);

    private static byte[] FirstPixels(Mnist data) => [.. Enumerable.Range(0, data.Count).Select(i => data.Image(i)[0])];

    private Mnist FromFolder() => Mnist.FromFiles(Path.Combine(Folder, "i"), Path.Combine(Folder, "l"));

    /// <summary>Writes images whose pixels all equal their index.</summary>
    private void WriteFiles(string images, string labels, byte[] digits)
    {
        byte[] pixels = [.. Enumerable.Range(0, digits.Length * 784).Select(i => (byte)(i / 784))];
        IdxFile.Write(Path.Combine(Folder, images), IdxArray.Create<byte>(pixels, digits.Length, 28, 28));
        IdxFile.Write(Path.Combine(Folder, labels), IdxArray.Create<byte>(digits, digits.Length));
    }
}
