using Autodiff.Nn;

namespace Labs.DataSets;

/// <summary>MNIST's ones and sevens, which travel with the labs.</summary>
internal static class OnesAndSevens
{
    /// <summary>The images of a part, with their digits as labels.</summary>
    public static Mnist Load(MnistSplit part)
    {
        string beginning = Path.Combine(AppContext.BaseDirectory, "Data", part == MnistSplit.Train ? "train" : "t10k");
        return Mnist.FromFiles($"{beginning}-images-1-7.idx3-ubyte.gz", $"{beginning}-labels-1-7.idx1-ubyte.gz");
    }
}
