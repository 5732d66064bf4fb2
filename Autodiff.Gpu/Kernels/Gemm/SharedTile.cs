using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// Where the elements of a tile of A or B lie in shared memory, without bank conflicts of copies or loads.
/// </summary>
/// <remarks>
/// With lines together, term k of all lines is a row, padded by 16 bytes or what the product needs. Else each line is a
/// row of 64 bytes, as ldmatrix reads it: the 8 lines of one ldmatrix matrix (<see cref="TensorProduct"/> says which)
/// are made neighbours, and the 16-byte pieces of every pair of rows are permuted by an XOR swizzle. Copies write
/// neighbouring lines: they go to different halves of the banks, an even and an odd row.
/// </remarks>
internal readonly record struct SharedTile(int Lines, int Depth, int ElementSize, bool LinesTogether, int Padding = 16)
{
    /// <summary>Bytes of a row where lines are rows.</summary>
    public const int LineBytes = 64;

    /// <summary>Bytes from a term to the next where lines lie together.</summary>
    public int DepthPitch => (Lines * ElementSize) + Padding;

    public int Bytes => LinesTogether ? Depth * DepthPitch : Lines * LineBytes;

    /// <summary>
    /// The place of element (line + lineStep, k + depthStep) as a register and a constant. Steps are multiples of a
    /// power of two above all values of their register.
    /// </summary>
    public (Value Offset, int Constant) Place(Value line, int lineStep, Value k, int depthStep)
    {
        if (LinesTogether)
        {
            return ((k * DepthPitch) + (line * ElementSize), (depthStep * DepthPitch) + (lineStep * ElementSize));
        }

        // Lines 4 apart come together: bits 4 and 3, 2, 1 and 0 of the row are bits 1, 0, 3, 2 of the line and bit 4
        // xor bit 0.
        Value row = (line & ~31) | ((line & 3) << 3) | ((line >> 1) & 6)
            | (((line >> 4) ^ line ^ (((lineStep >> 4) ^ lineStep) & 1)) & 1);
        int rowStep = (lineStep & ~31) | ((lineStep & 3) << 3) | ((lineStep >> 1) & 6);
        Value at = k * ElementSize;
        Value piece = (at >> 4) ^ ((line >> 2) & 3) ^ ((lineStep >> 2) & 3);
        return ((row * LineBytes) + (piece << 4) + (at & 15), rowStep * LineBytes);
    }
}
