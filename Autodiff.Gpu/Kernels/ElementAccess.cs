using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>Neighbouring floating-point elements in accesses of up to 16 bytes.</summary>
internal static class ElementAccess
{
    /// <summary>So many elements; the address is a multiple of their size, or of 16.</summary>
    public static Value[] Load(KernelWriter k, PtxType type, Value address, int count)
    {
        int size = type.SizeOf(), per = Math.Min(count, 16 / size);
        Value[] all = new Value[count];
        for (int i = 0; i < count; i += per)
        {
            if (per == 1)
            {
                all[i] = k.Load(Space.Global, type, address, i * size);
            }
            else
            {
                k.LoadVector(Space.Global, type, per, address, i * size).CopyTo(all, i);
            }
        }

        return all;
    }

    /// <summary>Writes what <see cref="Load"/> would read.</summary>
    public static void Store(KernelWriter k, PtxType type, Value address, ReadOnlySpan<Value> values)
    {
        int size = type.SizeOf(), per = Math.Min(values.Length, 16 / size);
        for (int i = 0; i < values.Length; i += per)
        {
            if (per == 1)
            {
                k.Store(Space.Global, type, address, values[i], i * size);
            }
            else
            {
                k.StoreVector(Space.Global, type, address, values.Slice(i, per), i * size);
            }
        }
    }
}
