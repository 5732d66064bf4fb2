using Autodiff.Gpu.Kernels.Gemm;
using Autodiff.Gpu.Ptx;
using Autodiff.Tests.EmulatorTests;

namespace Autodiff.Tests.Cuda.MatMul;

/// <summary>
/// Shared memory serves 128 bytes a turn, one word of each of 32 banks: accesses of a warp should need no turn more
/// than their bytes do.
/// </summary>
[Parallelizable]
public sealed class SharedTileTests
{
    [Test]
    public void Copies_of_whole_vectors_along_lines_meet_in_no_bank([Values(2, 4)] int elementSize,
        [Values(0, 8, 16, 32)] int firstLine)
    {
        SharedTile tile = new(128, SharedTile.LineBytes / elementSize, elementSize, LinesTogether: false);
        int[] places = Places(tile, lane => ((lane >> 2) + firstLine, (lane & 3) * (16 / elementSize)));
        AssertFewestTurns(places, 16);
    }

    [Test]
    public void Matrices_of_eight_lines_meet_in_no_bank([Values(2, 4)] int elementSize,
        [Values(0, 1, 2, 3)] int instruction,
        [Values(0, 1)] int piece)
    {
        SharedTile tile = new(128, SharedTile.LineBytes / elementSize, elementSize, LinesTogether: false);
        int[] places = Places(tile, lane =>
            ((((lane & 7) >> 1) << 2) + ((lane & 1) << 4) + ((lane >> 3) & 1) * 32 + instruction,
                ((lane >> 4) + (2 * piece)) * (16 / elementSize)));
        AssertFewestTurns(places, 16);
    }

    [Test]
    public void Tensor_cores_read_terms_of_many_lines_without_meeting_in_a_bank([Values(64, 128, 256)] int lines)
    {
        SharedTile tile = new(lines, 16, 4, LinesTogether: true);
        int[] places = Places(tile, lane => ((((lane >> 2) >> 1) << 2) + (((lane >> 2) & 1) << 4), lane & 3));
        AssertFewestTurns(places, 16);
    }

    [Test]
    public void Doubles_of_tensor_cores_meet_in_no_bank([Values(64, 128)] int lines)
    {
        SharedTile tile = new(lines, 8, 8, LinesTogether: true, DoubleTensorProduct.Padding);
        AssertFewestTurns(Places(tile, lane => ((lane >> 2) * 2, lane & 3)), 16);
    }

    [Test]
    public void Lines_that_are_turned_meet_in_no_bank([Values(32, 64, 128)] int lines, [Values(0, 1, 2, 3)] int term)
    {
        SharedTile tile = new(lines, 8, 4, LinesTogether: true);
        AssertFewestTurns(Places(tile, lane => (lane >> 1, ((lane & 1) * 4) + term)), 4);
    }

    [Test]
    public void Elements_of_eight_terms_meet_in_no_bank([Values(32, 64, 128)] int lines)
    {
        SharedTile tile = new(lines, 8, 4, LinesTogether: true);
        AssertFewestTurns(Places(tile, lane => (lane >> 3, lane & 7)), 4);
    }

    [Test]
    public void Steps_from_a_place_are_the_places_of_the_sums([Values(0, 1, 2, 3, 32, 33, 64)] int step)
    {
        SharedTile tile = new(128, 16, 4, LinesTogether: false);
        Assert.That(
            Places(tile, lane => ((lane & 7) << 2, 0), step),
            Is.EqualTo(Places(tile, lane => (((lane & 7) << 2) + step, 0))));
    }

    // Vectors of 16 bytes are served eight lanes at a time, words all at once.
    private static void AssertFewestTurns(int[] places, int bytes)
    {
        int together = 128 / bytes;
        for (int first = 0; first < 32; first += together)
        {
            int[] banks = [.. places.Skip(first).Take(together).Select(place => place % 128 / bytes)];
            Assert.That(banks, Is.Unique,
                $"lanes {first} to {first + together - 1}: bytes {string.Join(", ", places)}");
        }
    }

    /// <summary>Where the elements of a warp's lanes lie, as the device computes it.</summary>
    private static int[] Places(SharedTile tile, Func<Value, (Value Line, Value Term)> element, int lineStep = 0)
    {
        using KernelWriter w = new("places");
        Value to = w.Parameter(PtxType.U64);
        (Value line, Value term) = element(w.ThreadX);
        (Value offset, int constant) = tile.Place(line, lineStep, term, 0);
        w.Store(Space.Global, PtxType.U32, w.At(to, w.ThreadX, 4), offset + constant);
        using PtxBench bench = new();
        ulong memory = bench.Allocate(new int[32]);
        bench.Launch(w.ToPtx(), 1, 32, memory);
        return bench.Read<int>(memory, 32);
    }
}
