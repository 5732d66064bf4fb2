using System.Diagnostics;
using System.Runtime.Versioning;
using Autodiff.IO;
using Autodiff.Nn;

namespace Autodiff.Tests.IO;

/// <summary>Saving, by whichever of the writers: links, modes, what is no regular file, and interruptions.</summary>
public class AtomicFileTests : FolderFixture
{
    public static readonly string[] Writers = ["npy", "npz", "safetensors", "idx", "module"];

    [TestCaseSource(nameof(Writers))]
    [Platform(Exclude = "Win", Reason = "Links need a privilege there, and modes are Unix's.")]
    [UnsupportedOSPlatform("windows")]
    public void Save_follows_links_and_keeps_the_mode(string writer)
    {
        string real = InFolder("real"), target = InFolder("real/target"), link = InFolder("link"),
            twice = InFolder("twice");
        Directory.CreateDirectory(real);
        Save(writer, target);
        byte[] first = File.ReadAllBytes(target);
        File.WriteAllText(target, "old");
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead
            | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(target, mode);
        File.CreateSymbolicLink(link, "real/target");
        File.CreateSymbolicLink(twice, link);

        Save(writer, twice);
        Assert.Multiple(() =>
        {
            Assert.That(new FileInfo(link).LinkTarget, Is.EqualTo("real/target"));
            Assert.That(new FileInfo(twice).LinkTarget, Is.EqualTo(link));
            Assert.That(new FileInfo(target).LinkTarget, Is.Null);
            Assert.That(File.ReadAllBytes(target), Is.EqualTo(first));
            Assert.That(File.GetUnixFileMode(target), Is.EqualTo(mode));
            Assert.That(Directory.GetFileSystemEntries(Folder), Is.EquivalentTo(new[] { real, link, twice }));
            Assert.That(Directory.GetFiles(real), Is.EqualTo(new[] { target }));
        });
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links need a privilege there.")]
    public void Save_makes_the_target_of_a_dangling_link_and_takes_links_from_the_folder_in_which_they_lie()
    {
        // a/b is a link to c/d, in which up -> ../x means c/x and not a/x.
        Directory.CreateDirectory(InFolder("a"));
        Directory.CreateDirectory(InFolder("c/d"));
        File.CreateSymbolicLink(InFolder("a/b"), "../c/d");
        File.CreateSymbolicLink(InFolder("c/d/up"), "../x");
        NpyFile.Save(InFolder("a/b/up"), Tensor.From(7));
        Assert.Multiple(() =>
        {
            Assert.That(NpyFile.Load(InFolder("c/x")).Item(), Is.EqualTo(7));
            Assert.That(File.Exists(InFolder("a/x")), Is.False);
            Assert.That(new FileInfo(InFolder("c/d/up")).LinkTarget, Is.EqualTo("../x"));
        });

        File.CreateSymbolicLink(InFolder("loop1"), "loop2");
        File.CreateSymbolicLink(InFolder("loop2"), "loop1");
        Assert.That(() => NpyFile.Save(InFolder("loop1"), Tensor.From(7)),
            Throws.InstanceOf<IOException>().With.Message.Contains("symbolic links"));
    }

    [TestCaseSource(nameof(Writers))]
    public void Save_refuses_a_directory(string writer)
    {
        Refuses(writer, Folder, "a directory");
        Assert.That(Directory.GetFileSystemEntries(Folder), Is.Empty);
    }

    [TestCaseSource(nameof(Writers))]
    public void Save_refuses_the_name_of_a_folder(string writer)
    {
        string path = InFolder("model"), folder = path + Path.DirectorySeparatorChar;
        Refuses(writer, folder, "the name of a folder");
        Assert.That(File.Exists(path), Is.False);
        File.WriteAllText(path, "old");
        Refuses(writer, folder, "the name of a folder");
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
    }

    [TestCaseSource(nameof(Writers))]
    [Platform(Include = "Linux", Reason = "mkfifo and /dev.")]
    public void Save_refuses_fifos_and_devices(string writer)
    {
        string fifo = InFolder("fifo"), link = InFolder("link");
        using (Process made = Process.Start("mkfifo", [fifo]))
        {
            made.WaitForExit();
            Assert.That(made.ExitCode, Is.Zero);
        }
        File.CreateSymbolicLink(link, "/dev/null");
        Assert.Multiple(() =>
        {
            Refuses(writer, fifo, "a FIFO");
            Refuses(writer, link, "a character device");
            Assert.That(Directory.GetFileSystemEntries(Folder), Is.EquivalentTo(new[] { fifo, link }));
            Assert.That(File.ReadAllBytes("/dev/null"), Is.Empty);
        });
    }

    [Test]
    public void Save_of_a_folder_that_does_not_exist_names_it() => Assert.That(
        () => NpyFile.Save(InFolder("none/a.npy"), Tensor.From(1)),
        Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains($"there is no folder '{InFolder("none")}'"));

    [Test]
    public void An_interrupted_save_leaves_the_old_file_and_no_other()
    {
        string path = InFolder("a");
        NpyFile.Save(path, Tensor.From(1));
        Assert.That(
            () => AtomicFile.Write(path, stream =>
            {
                stream.Write(new byte[1 << 20]);
                throw new InvalidOperationException("interrupted");
            }),
            Throws.InvalidOperationException.With.Message.EqualTo("interrupted"));
        Tensor gone = Tensor.From(1f);
        gone.Dispose();
        Assert.That(() => SafeTensors.Save(path, [new("a", Tensor.Zeros([5000])), new("b", gone)]),
            Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => NpzFile.Save(path, [new("a", Tensor.Zeros([5000])), new("b", gone)]),
            Throws.TypeOf<ObjectDisposedException>());
        Assert.That(NpyFile.Load(path).Item(), Is.EqualTo(1));
        Assert.That(Directory.GetFileSystemEntries(Folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void While_a_save_goes_on_the_old_file_can_be_read_and_the_new_one_shows_no_more()
    {
        string path = InFolder("a");
        NpyFile.Save(path, Tensor.From(1));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            Assert.That(NpyFile.Load(path).Item(), Is.EqualTo(1));
            string part = Directory.GetFiles(Folder, "*" + AtomicFile.PartSuffix).Single();
            if (!OperatingSystem.IsWindows())
            {
                Assert.That(File.GetUnixFileMode(part), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            }
        });
        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
    }

    [Test]
    public void Save_takes_the_longest_names()
    {
        string path = InFolder(string.Concat(Enumerable.Repeat("ü🙂", 40)) + new string('x', 15)); // 255 bytes.
        NpyFile.Save(path, Tensor.From(1));
        Assert.That(NpyFile.Load(path).Item(), Is.EqualTo(1));
    }

    private string InFolder(string name) => Path.Combine(Folder, name);

    private static void Refuses(string writer, string path, string kind) => Assert.That(
        () => Save(writer, path),
        Throws.InstanceOf<IOException>().With.Message.Contains($"'{path}' cannot be saved to: it is {kind};"));

    private static void Save(string writer, string path)
    {
        Tensor tensor = Tensor.From(1f, 2f);
        switch (writer)
        {
            case "npy":
                NpyFile.Save(path, tensor);
                break;
            case "npz":
                NpzFile.Save(path, [new("a", tensor)]);
                break;
            case "safetensors":
                SafeTensors.Save(path, [new("a", tensor)]);
                break;
            case "idx":
                IdxFile.Write(path, IdxArray.Create<byte>([1, 2], 2));
                break;
            default:
                Tensor.ManualSeed(1);
                new Linear(2, 3).Save(path);
                break;
        }
    }
}
