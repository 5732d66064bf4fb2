using Autodiff.IO;

namespace Autodiff.Tests.IO;

/// <summary>Makes tensors of any element type for the tests of files, and takes them apart.</summary>
internal static class StoredTensors
{
    public static readonly DType[] Types = Enum.GetValues<DType>();

    /// <summary>A tensor whose bytes come from <paramref name="seed"/>; NaN and infinities included.</summary>
    public static Tensor Random(DType type, int seed, params int[] shape)
    {
        byte[] data = new byte[shape.Aggregate(1, (a, b) => a * b) * type.SizeOf()];
        new Random(seed).NextBytes(data);
        if (type == DType.Bool)
        {
            data = Array.ConvertAll(data, b => (byte)(b & 1));
        }
        return TensorBytes.ToTensor(new StoredArray(type, shape, data));
    }

    /// <summary>The elements, which must be of type <typeparamref name="T"/> already.</summary>
    public static T[] Values<T>(this Tensor tensor) where T : unmanaged
    {
        Assert.That(tensor.DType, Is.EqualTo(DTypes.Of<T>()));
        return tensor.ToArray<T>();
    }

    public static void AssertSame(Tensor actual, Tensor expected)
    {
        Assert.That(actual.DType, Is.EqualTo(expected.DType));
        Assert.That(actual.Shape.ToArray(), Is.EqualTo(expected.Shape.ToArray()));
        Assert.That(TensorBytes.ToBytes(actual), Is.EqualTo(TensorBytes.ToBytes(expected)));
    }
}
