namespace Autodiff.IO;

/// <summary>The way between tensors and the arrays of bytes that files hold.</summary>
internal static class TensorBytes
{
    /// <summary>
    /// A tensor with the array's elements, on the CPU unless a device is named; in Fortran order its strides are
    /// Fortran's.
    /// </summary>
    public static Tensor ToTensor(StoredArray array, Device? device = null)
    {
        Tensor tensor = Tensor.Empty(array.Shape, array.Type, device ?? Device.Cpu);
        tensor.Backend.Write(array.Data, tensor.Storage, 0);
        return array.FortranOrder ? tensor.Alias(new Layout(array.Shape, FortranStrides(array.Shape)), 0) : tensor;
    }

    /// <summary>The tensor's elements in C order and the machine's byte order.</summary>
    public static byte[] ToBytes(Tensor tensor)
    {
        long length = tensor.ElementCount * tensor.DType.SizeOf();
        if (length > StreamReading.MaxBytes)
        {
            throw new NotSupportedException(
                $"A tensor of {tensor.Shape} {tensor.DType.DisplayName()} takes {length} bytes; files of at most "
                    + $"{StreamReading.MaxBytes} bytes per tensor can be written.");
        }
        if (length == 0)
        {
            return [];
        }

        byte[] data = GC.AllocateUninitializedArray<byte>((int)length);
        TensorView rows = tensor.Detach().Contiguous().View;
        tensor.Backend.Read(rows.Storage, rows.Offset * tensor.DType.SizeOf(), data);
        return data;
    }

    private static long[] FortranStrides(int[] shape)
    {
        long[] strides = new long[shape.Length];
        long step = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            strides[i] = step;
            step *= Math.Max(shape[i], 1);
        }
        return strides;
    }
}
