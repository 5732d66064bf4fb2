using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using Autodiff.Nn;
using Autodiff.Tests.IO;

namespace Autodiff.Tests.Data;

public class MnistDownloadTests
{
    private static readonly Uri First = new("https://first.test/mnist/");
    private static readonly Uri Second = new("https://second.test/");
    private static readonly Dictionary<string, byte[]> Contents = MnistFile.All
        .Select((file, i) => (file.Name, Bytes: Noise(1000 * (i + 1), i)))
        .ToDictionary(f => f.Name, f => f.Bytes);

    private string _folder = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Path.Combine(Directory.CreateTempSubdirectory("autodiff-mnist-").FullName, "cache");
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Test]
    public async Task First_call_fetches_four_files_second_call_sends_nothing()
    {
        var mirror = new FakeMirror(uri => FakeMirror.Body(GZip(ContentOf(uri))));
        string folder = await Mnist.DownloadAsync(Options(mirror));
        AssertComplete(folder);
        Assert.That(mirror.Requests, Is.EqualTo(Contents.Keys.Select(name => new Uri(First, name + ".gz"))));

        await Mnist.DownloadAsync(Options(mirror));
        Assert.That(mirror.Requests, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task A_mirrors_address_may_end_without_a_slash()
    {
        var mirror = new FakeMirror(uri => FakeMirror.Body(GZip(ContentOf(uri))));
        await Mnist.DownloadAsync(Options(mirror) with { Mirrors = [new("https://first.test/mnist")] });
        Assert.That(mirror.Requests, Is.EqualTo(Contents.Keys.Select(name => new Uri(First, name + ".gz"))));
    }

    [Test]
    public async Task Any_compression_of_the_content_verifies()
    {
        var mirror = new FakeMirror(uri => uri.Segments[^1].StartsWith('t') && uri.Segments[^1].Contains("labels")
            ? FakeMirror.Body(ContentOf(uri))
            : FakeMirror.Body(GZip(ContentOf(uri), CompressionLevel.NoCompression)));
        AssertComplete(await Mnist.DownloadAsync(Options(mirror)));
    }

    [Test]
    public async Task Spoiled_cached_file_is_fetched_again_the_others_are_not()
    {
        var mirror = new FakeMirror(uri => FakeMirror.Body(GZip(ContentOf(uri))));
        await Mnist.DownloadAsync(Options(mirror));
        string spoiled = Path.Combine(_folder, "t10k-labels-idx1-ubyte");
        byte[] bytes = File.ReadAllBytes(spoiled);
        bytes[^1] ^= 1;
        File.WriteAllBytes(spoiled, bytes);
        mirror.Requests.Clear();

        AssertComplete(await Mnist.DownloadAsync(Options(mirror)));
        Assert.That(mirror.Requests, Is.EqualTo(new[] { new Uri(First, "t10k-labels-idx1-ubyte.gz") }));
    }

    private static IEnumerable<TestCaseData> BadAnswers()
    {
        Func<Uri, HttpResponseMessage> notFound = _ => FakeMirror.Status(HttpStatusCode.NotFound);
        Func<Uri, HttpResponseMessage> unreachable = _ => throw new HttpRequestException("no route to host");
        Func<Uri, HttpResponseMessage> otherBytes = uri => FakeMirror.Body(GZip(Noise(ContentOf(uri).Length, 99)));
        Func<Uri, HttpResponseMessage> halfContent = uri => FakeMirror.Body(GZip(ContentOf(uri)[..500]));
        Func<Uri, HttpResponseMessage> halfGzip = uri => FakeMirror.Body(GZip(ContentOf(uri))[..300]);
        Func<Uri, HttpResponseMessage> bomb = uri => FakeMirror.Body(GZip(new byte[1 << 24]));
        Func<Uri, HttpResponseMessage> loginPage = uri => FakeMirror.Body("<html>Please log in</html>"u8.ToArray());
        Func<Uri, HttpResponseMessage> brokenLine = uri => FakeMirror.Body(
            new TrickleStream(GZip(ContentOf(uri))[..200], 50, _ => throw new IOException("connection reset")));
        yield return new TestCaseData(notFound, "404").SetArgDisplayNames("not found");
        yield return new TestCaseData(unreachable, "no route to host").SetArgDisplayNames("unreachable");
        yield return new TestCaseData(otherBytes, "train-images-idx3-ubyte has SHA-256 ")
            .SetArgDisplayNames("other bytes");
        yield return new TestCaseData(halfContent, "ends after 500 of its 1000 bytes")
            .SetArgDisplayNames("half the content");
        yield return new TestCaseData(halfGzip, null).SetArgDisplayNames("half the gzip");
        yield return new TestCaseData(bomb, "is longer than its 1000 bytes").SetArgDisplayNames("gzip bomb");
        yield return new TestCaseData(loginPage, "ends after 26 of its 1000 bytes").SetArgDisplayNames("login page");
        yield return new TestCaseData(brokenLine, "connection reset").SetArgDisplayNames("broken line");
    }

    [TestCaseSource(nameof(BadAnswers))]
    public async Task Bad_mirror_the_next_one_is_asked(Func<Uri, HttpResponseMessage> bad, string? message)
    {
        var mirror = new FakeMirror(uri => uri.Host == First.Host ? bad(uri) : FakeMirror.Body(GZip(ContentOf(uri))));
        AssertComplete(await Mnist.DownloadAsync(Options(mirror)));
        Assert.That(mirror.Requests.Count(r => r.Host == First.Host), Is.EqualTo(1), message);
    }

    [TestCaseSource(nameof(BadAnswers))]
    public async Task All_mirrors_bad_the_error_names_each_and_nothing_is_left(Func<Uri, HttpResponseMessage> bad,
        string? message)
    {
        IOException error =
            (await Assert.ThrowsAsync<IOException>(() => Mnist.DownloadAsync(Options(new FakeMirror(bad)))))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.Contain("train-images-idx3-ubyte, train-labels-idx1-ubyte"));
            Assert.That(error.Message, Does.Contain($"{First}: ").And.Contain($"{Second}: "));
            Assert.That(error.Message, Does.Contain($"into '{_folder}'"));
            Assert.That(error.Message, Does.Contain(message ?? ": "));
            Assert.That(Directory.GetFileSystemEntries(_folder), Is.Empty);
        });
    }

    [Test]
    public async Task Silent_mirror_is_left_for_the_next()
    {
        var mirror = new FakeMirror(async (uri, token) =>
        {
            if (uri.Host == First.Host)
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            return FakeMirror.Body(GZip(ContentOf(uri)));
        });
        AssertComplete(await Mnist.DownloadAsync(Options(mirror) with { StallTimeout = TimeSpan.FromSeconds(1) }));
    }

    [Test]
    public void Cancelled_throws_and_leaves_nothing_half_written()
    {
        using var cancellation = new CancellationTokenSource();
        var mirror = new FakeMirror(uri =>
            FakeMirror.Body(new TrickleStream(GZip(ContentOf(uri))[..200], 50, async token =>
        {
            await cancellation.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
        })));
        Assert.That(
            () => Mnist.DownloadAsync(Options(mirror), cancellationToken: cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.Empty);
        Assert.That(mirror.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Many_at_once_all_get_whole_files()
    {
        var mirror = new FakeMirror(uri =>
            FakeMirror.Body(new TrickleStream(GZip(ContentOf(uri)), 100, _ => Task.CompletedTask)));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Mnist.DownloadAsync(Options(mirror)))));
        AssertComplete(_folder);
    }

    [Test]
    public async Task Abandoned_part_files_are_removed_after_a_day()
    {
        Directory.CreateDirectory(_folder);
        string old = Path.Combine(_folder, "a.part"), young = Path.Combine(_folder, "b.part");
        File.WriteAllText(old, "");
        File.WriteAllText(young, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-2));
        await Mnist.DownloadAsync(Options(new FakeMirror(uri => FakeMirror.Body(GZip(ContentOf(uri))))));
        Assert.That(File.Exists(old), Is.False);
        Assert.That(File.Exists(young));
    }

    [Test]
    public async Task Progress_ends_at_the_whole_of_each_file()
    {
        var reports = new Recorder();
        await Mnist.DownloadAsync(Options(new FakeMirror(uri => FakeMirror.Body(GZip(ContentOf(uri))))), reports);
        foreach ((string name, byte[] content) in Contents)
        {
            MnistProgress last = reports.All.Last(r => r.File == name);
            Assert.That(last, Is.EqualTo(new MnistProgress(name, First.ToString(), content.Length, content.Length)));
            Assert.That(last.Fraction, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Files_put_there_by_hand_are_not_fetched([Values("{0}", "{0}.gz",
        "MNIST/raw/{0}.gz")] string place)
    {
        var dead = new FakeMirror(_ => throw new HttpRequestException("no network"));
        foreach ((string name, byte[] content) in Contents)
        {
            string path = Path.Combine(_folder, string.Format(CultureInfo.InvariantCulture, place, name));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, path.EndsWith(".gz", StringComparison.Ordinal) ? GZip(content) : content);
        }
        Assert.That(await Mnist.DownloadAsync(Options(dead)), Is.EqualTo(_folder));
        Assert.That(dead.Requests, Is.Empty);
    }

    [Test]
    public async Task Damaged_gzip_put_there_by_hand_is_fetched()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllBytes(Path.Combine(_folder, "t10k-labels-idx1-ubyte.gz"),
            GZip(Contents["t10k-labels-idx1-ubyte"])[..300]);
        await Mnist.DownloadAsync(Options(new FakeMirror(uri => FakeMirror.Body(GZip(ContentOf(uri))))));
        Assert.That(File.ReadAllBytes(Path.Combine(_folder, "t10k-labels-idx1-ubyte")),
            Is.EqualTo(Contents["t10k-labels-idx1-ubyte"]));
    }

    private MnistOptions Options(HttpMessageHandler handler) => new()
    {
        CacheFolder = _folder,
        Mirrors = [First, Second],
        HttpHandler = handler,
        Files = [.. Contents.Select(f =>
            new MnistFile(f.Key, f.Value.Length, Convert.ToHexStringLower(SHA256.HashData(f.Value))))],
    };

    private static void AssertComplete(string folder)
    {
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(Contents.Keys));
        foreach ((string name, byte[] content) in Contents)
        {
            Assert.That(File.ReadAllBytes(Path.Combine(folder, name)), Is.EqualTo(content), name);
        }
    }

    private static byte[] ContentOf(Uri uri) => Contents[Path.GetFileNameWithoutExtension(uri.Segments[^1])];

    private static byte[] Noise(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] GZip(byte[] bytes, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, level))
        {
            gzip.Write(bytes);
        }
        return stream.ToArray();
    }

    private sealed class Recorder : IProgress<MnistProgress>
    {
        public List<MnistProgress> All { get; } = [];

        public void Report(MnistProgress value) => All.Add(value);
    }
}
