namespace Autodiff.Nn;

/// <summary>
/// One of MNIST's published files: its name, and the length and SHA-256 of what it holds decompressed.
/// </summary>
/// <remarks>
/// The digest is of the decompressed content, so that every gzip of it verifies. The original compressed files have the
/// MD5 sums f68b3c2dcbeaaa9fbdd348bbdeb94873 (training images), d53e105ee54ea40749a09fcbcd1e9432 (training labels),
/// 9fb629c4189551a2d022fa330f9573f3 (test images) and ec29112dd5afa0611ce80d1b7f02629c (test labels).
/// </remarks>
internal sealed record MnistFile(string Name, long Length, string Sha256)
{
    public static IReadOnlyList<MnistFile> All { get; } =
    [
        new("train-images-idx3-ubyte", 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        new("train-labels-idx1-ubyte", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        new("t10k-images-idx3-ubyte", 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        new("t10k-labels-idx1-ubyte", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ];
}
