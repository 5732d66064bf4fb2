using Autodiff.IO;
using Autodiff.Nn;
using Autodiff.Tests.Docs;
using Autodiff.Tests.IO;
using Labs.DataSets;

namespace Autodiff.Tests.Data;

/// <summary>Fashion-MNIST in a folder, for the labs and the examples; nothing here asks the network.</summary>
[NonParallelizable]
public class FashionMnistTests : FolderFixture
{
    private string? _before;

    [SetUp]
    public void KeepVariable() => _before = Environment.GetEnvironmentVariable(FashionMnist.Variable);

    [TearDown]
    public void RestoreVariable() => Environment.SetEnvironmentVariable(FashionMnist.Variable, _before);

    [TestCase("")]
    [TestCase(".gz")]
    public void A_folder_that_the_variable_names_is_read(string extension)
    {
        WriteFiles(extension, [9, 0, 4], [2, 7]);
        ((Mnist Train, Mnist Test)? parts, string said) = Load();
        Assert.That(said, Is.EqualTo($"it was read from the folder {Path.GetFileName(Folder)}"));
        Assert.That(parts!.Value.Train.LabelBytes.ToArray(), Is.EqualTo(new byte[] { 9, 0, 4 }));
        Assert.That(parts.Value.Test.LabelBytes.ToArray(), Is.EqualTo(new byte[] { 2, 7 }));
        Assert.That(parts.Value.Train.Image(2)[0], Is.EqualTo(2));
    }

    [Test]
    public void Without_a_folder_it_says_which_variable_would_name_one()
    {
        Environment.SetEnvironmentVariable(FashionMnist.Variable, null);
        Assert.That(FashionMnist.Load(CancellationToken.None),
            Is.EqualTo((((Mnist, Mnist)?)null, $"the variable {FashionMnist.Variable} names no folder for it")));
    }

    [Test]
    public void A_damaged_file_is_named_and_nothing_is_downloaded()
    {
        WriteFiles(".gz", [1], [2]);
        string damaged = Path.Combine(Folder, "t10k-labels-idx1-ubyte.gz");
        File.WriteAllBytes(damaged, [1, 2, 3]);
        ((Mnist, Mnist)? parts, string said) = Load();
        Assert.That(parts, Is.Null);
        Assert.That(said, Does.Contain("t10k-labels-idx1-ubyte.gz"));
        Assert.That(File.ReadAllBytes(damaged), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void A_download_of_what_is_missing_stops_when_it_is_cancelled()
    {
        WriteFiles(".gz", [1], [2]);
        File.Delete(Path.Combine(Folder, "train-labels-idx1-ubyte.gz"));
        Environment.SetEnvironmentVariable(FashionMnist.Variable, Folder);
        Assert.That(() => FashionMnist.Load(new(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFiles(Folder), Has.Length.EqualTo(3));
    }

    /// <summary>The bundled digits under the published names: the example learns from them as from its own.</summary>
    [Test]
    public void The_example_of_a_CNN_reads_a_folder()
    {
        foreach (string part in new[] { "train", "t10k" })
        {
            Copy($"{part}-images-1-7.idx3-ubyte.gz", $"{part}-images-idx3-ubyte.gz");
            Copy($"{part}-labels-1-7.idx1-ubyte.gz", $"{part}-labels-idx1-ubyte.gz");
        }

        string example = Path.Combine(AppContext.BaseDirectory, "Docs", "Code", "examples", "16-fashion-cnn.cs");
        Assert.That(CodeTests.RunExample(example, Folder), Is.Zero);

        void Copy(string name, string to) =>
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Data", name), Path.Combine(Folder, to));
    }

    private ((Mnist Train, Mnist Test)? Parts, string Said) Load()
    {
        Environment.SetEnvironmentVariable(FashionMnist.Variable, Folder);
        return FashionMnist.Load(CancellationToken.None);
    }

    /// <summary>Images whose pixels all equal their index.</summary>
    private void WriteFiles(string extension, byte[] train, byte[] test)
    {
        foreach ((string part, byte[] labels) in new[] { ("train", train), ("t10k", test) })
        {
            byte[] pixels = [.. Enumerable.Range(0, labels.Length * 784).Select(i => (byte)(i / 784))];
            IdxFile.Write(Path.Combine(Folder, $"{part}-images-idx3-ubyte{extension}"),
                IdxArray.Create<byte>(pixels, labels.Length, 28, 28));
            IdxFile.Write(Path.Combine(Folder, $"{part}-labels-idx1-ubyte{extension}"),
                IdxArray.Create<byte>(labels, labels.Length));
        }
    }
}
