using System.Diagnostics.CodeAnalysis;
using Autodiff.Gpu.Compilation;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Algorithms.RadixSortOperations;
using ILGPU.Runtime;

namespace Autodiff.Gpu.Accelerators;

/// <summary>Sorts of one long row, by ILGPU.Algorithms' radix sort: stable, and without atomics.</summary>
internal sealed partial class AcceleratorBackend
{
    private RadixSortPairs<uint, Stride1D.Dense, uint, Stride1D.Dense>? _sort32;
    private RadixSortPairs<ulong, Stride1D.Dense, uint, Stride1D.Dense>? _sort64;

    /// <summary>The shortest row that is worth its passes. Tests lower it.</summary>
    internal int ShortestRadix { get; set; } = 1 << 16;

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Of.")]
    internal override bool TrySortPairs(int keyBytes, ulong keys, ulong places, int count)
    {
        // A context may not have the package's instructions, and groups of few threads are no use to it.
        if (count < ShortestRadix || Sizes.Block == 1 || !Instructions.AreKnownTo(Accelerator.Context))
        {
            return false;
        }

        int words = keyBytes == sizeof(uint)
            ? Accelerator.ComputeRadixSortPairsTempStorageSize<uint, uint, AscendingUInt32>(count)
            : Accelerator.ComputeRadixSortPairsTempStorageSize<ulong, uint, AscendingUInt64>(count);
        using Scratch scratch = new(this, sizeof(int) * (long)words);
        lock (Entered())
        {
            try
            {
                ArrayView<int> temporary = _memory.View<int>(scratch.Address).SubView(0, words);
                ArrayView1D<uint, Stride1D.Dense> values = _memory.View<uint>(places).SubView(0, count);
                if (keyBytes == sizeof(uint))
                {
                    _sort32 ??= Accelerator.CreateRadixSortPairs<
                        uint, Stride1D.Dense, uint, Stride1D.Dense, AscendingUInt32>();
                    _sort32(
                        Accelerator.DefaultStream, _memory.View<uint>(keys).SubView(0, count), values, temporary);
                }
                else
                {
                    _sort64 ??= Accelerator.CreateRadixSortPairs<
                        ulong, Stride1D.Dense, uint, Stride1D.Dense, AscendingUInt64>();
                    _sort64(
                        Accelerator.DefaultStream, _memory.View<ulong>(keys).SubView(0, count), values, temporary);
                }
            }
            catch (AcceleratorException e)
            {
                throw Failure("sorting", e);
            }
        }

        return true;
    }
}
