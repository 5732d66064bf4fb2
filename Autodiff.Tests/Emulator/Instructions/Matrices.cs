using System.Runtime.Intrinsics;
using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>What a register of an operand of mma holds.</summary>
internal enum FragmentFormat
{
    /// <summary>One tf32, its lowest 13 bits ignored.</summary>
    Tf32,

    /// <summary>Two bfloat16, the first in the lower half.</summary>
    BFloat16,

    /// <summary>Two float16, the first in the lower half.</summary>
    Float16,

    /// <summary>One float.</summary>
    Float32,

    /// <summary>One double.</summary>
    Float64,
}

/// <summary>
/// mma.sync: D (rows × 8) = A (rows × depth) B (depth × 8) + C for the warp. With g = lane / 4 and t = lane mod 4, one
/// element in a register: A's register r is (row g + 8 (r mod 2), column t + 4 ⌊r/2⌋), B's (row t + 4 r, column g); two
/// elements h = 0, 1 in a register: A's (g + 8 (r mod 2), 2 t + h + 8 ⌊r/2⌋), B's (2 t + h + 8 r, g). C and D: (g + 8
/// ⌊r/2⌋, 2 t + r mod 2), of float16 pairs (g + 8 r, 2 t + h). "Warp Level Matrix Instructions" in NVIDIA's PTX ISA.
/// </summary>
/// <remarks>
/// Products are exact, their sum with C is rounded once here; the device's sum is cut off at a few bits more than a
/// float's.
/// </remarks>
internal sealed unsafe class MatrixMultiplyAdd(
    int rows, int depth, FragmentFormat factors, FragmentFormat sums, int[] d, int[] a, int[] b, int[] c) : Instruction
{
    private const int MaxRows = 16, MaxDepth = 16, Columns = 8;

    public override void Execute(Warp warp, uint active)
    {
        if (active != All)
        {
            throw warp.Fault(this, ~active, "a matrix instruction needs all 32 lanes of the warp.");
        }

        double* left = stackalloc double[MaxRows * MaxDepth];
        double* right = stackalloc double[MaxDepth * Columns];
        double* sum = stackalloc double[MaxRows * Columns];
        int pack = factors is FragmentFormat.BFloat16 or FragmentFormat.Float16 ? 2 : 1;
        for (int lane = 0; lane < Warp.Size; lane++)
        {
            (int g, int t) = (lane / 4, lane % 4);
            for (int h = 0; h < pack; h++)
            {
                int column = (pack * t) + h;
                for (int r = 0; r < a.Length; r++)
                {
                    left[((g + (8 * (r % 2))) * depth) + column + (4 * pack * (r / 2))] = Read(warp, factors, a[r],
                        lane, h);
                }

                for (int r = 0; r < b.Length; r++)
                {
                    right[((column + (4 * pack * r)) * Columns) + g] = Read(warp, factors, b[r], lane, h);
                }
            }

            ForSums(warp, c, lane, sum, write: false);
        }

        for (int row = 0; row < rows; row++)
        {
            Vector512<double> total = Vector512.Load(sum + (row * Columns));
            for (int k = 0; k < depth; k++)
            {
                Vector512<double> factor = Vector512.Create(left[(row * depth) + k]);
                total = Vector512.FusedMultiplyAdd(factor, Vector512.Load(right + (k * Columns)), total);
            }

            total.Store(sum + (row * Columns));
        }

        for (int lane = 0; lane < Warp.Size; lane++)
        {
            ForSums(warp, d, lane, sum, write: true);
        }
    }

    // Moves a lane's elements of C to the matrix, or of the matrix to D.
    private void ForSums(Warp warp, int[] slots, int lane, double* matrix, bool write)
    {
        (int g, int t) = (lane / 4, lane % 4);
        for (int r = 0; r < slots.Length; r++)
        {
            int pack = sums == FragmentFormat.Float16 ? 2 : 1;
            for (int h = 0; h < pack; h++)
            {
                int row = g + (8 * (r * pack / 2)), column = (2 * t) + (pack == 2 ? h : r % 2);
                double* element = matrix + (row * Columns) + column;
                if (write)
                {
                    Write(warp, slots[r], lane, h, *element);
                }
                else
                {
                    *element = Read(warp, sums, slots[r], lane, h);
                }
            }
        }
    }

    private static double Read(Warp warp, FragmentFormat format, int slot, int lane, int half)
    {
        byte* register = warp.Registers + slot;
        uint bits = format == FragmentFormat.Float64 ? 0 : ((uint*)register)[lane];
        return format switch
        {
            FragmentFormat.Tf32 => SmallFloats.FromTf32(bits),
            FragmentFormat.BFloat16 => SmallFloats.FromBFloat16(bits >> (16 * half) & 0xFFFF),
            FragmentFormat.Float16 => SmallFloats.FromFloat16(bits >> (16 * half) & 0xFFFF),
            FragmentFormat.Float32 => BitConverter.UInt32BitsToSingle(bits),
            _ => ((double*)register)[lane],
        };
    }

    private void Write(Warp warp, int slot, int lane, int half, double value)
    {
        byte* register = warp.Registers + slot;
        switch (sums)
        {
            case FragmentFormat.Float64:
                ((double*)register)[lane] = value;
                break;
            case FragmentFormat.Float16:
                ((ushort*)register)[(2 * lane) + half] = SmallFloats.ToFloat16((float)value);
                break;
            default:
                ((float*)register)[lane] = Single.Canonical((float)value);
                break;
        }
    }
}

/// <summary>
/// ldmatrix: each register gets one 8 × 8 matrix of 16-bit elements. Lanes 8 m to 8 m + 7 give the addresses of the
/// rows of matrix m; lane l receives the elements (l / 4, 2 (l mod 4) + h), of the transposed matrix under .trans.
/// </summary>
internal sealed unsafe class LoadMatrix(Place place, bool transposed, int[] targets) : Instruction
{
    private const uint RowBytes = 16;

    private readonly Place _place = place;

    public override void Execute(Warp warp, uint active)
    {
        if (active != All)
        {
            throw warp.Fault(this, ~active, "a matrix instruction needs all 32 lanes of the warp.");
        }

        ushort** rows = stackalloc ushort*[8];
        uint* loaded = stackalloc uint[Warp.Size * targets.Length]; // the addresses may lie in a target
        for (int m = 0; m < targets.Length; m++)
        {
            for (int row = 0; row < 8; row++)
            {
                rows[row] = (ushort*)_place.Find(warp, RowBytes, Access.Read, this, (8 * m) + row);
            }

            for (int lane = 0; lane < Warp.Size; lane++)
            {
                (int i, int j) = (lane / 4, 2 * (lane % 4));
                (ushort low, ushort high) = transposed ? (rows[j][i], rows[j + 1][i]) : (rows[i][j], rows[i][j + 1]);
                loaded[(Warp.Size * m) + lane] = ((uint)high << 16) | low;
            }
        }

        for (int m = 0; m < targets.Length; m++)
        {
            new ReadOnlySpan<uint>(loaded + (Warp.Size * m), Warp.Size)
                .CopyTo(new Span<uint>(warp.Registers + targets[m], Warp.Size));
        }
    }
}
