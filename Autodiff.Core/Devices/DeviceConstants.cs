using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Steps;

namespace Autodiff.Devices;

/// <summary>
/// Tables that an operation works with on a device, made once. They belong to no compiled step: as a parameter does,
/// they have their place in memory before it. Nor do they belong to a scope that is open when they are first needed.
/// </summary>
internal static class DeviceConstants
{
    private const int Most = 64;

    private static readonly ConditionalWeakTable<Device, ConcurrentDictionary<object, Tensor>> s_tables = [];

    /// <summary>The table of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="key">What the table follows from, compared by <see cref="object.Equals(object)"/>.</param>
    /// <param name="make">Its shape and elements, where it is not there yet.</param>
    public static Tensor Of<T>(Device device, object key, Func<(int[] Shape, T[] Values)> make) where T : unmanaged
    {
        ConcurrentDictionary<object, Tensor> tables = s_tables.GetOrCreateValue(device);
        if (tables.TryGetValue(key, out Tensor? known))
        {
            return known;
        }

        if (tables.Count >= Most)
        {
            tables.Clear();
        }

        (int[] shape, T[] values) = make();
        return tables.GetOrAdd(key, new Tensor(Written(device, values), Layout.Contiguous(shape), DTypes.Of<T>()));
    }

    /// <summary>Memory with these elements, which a step that is being captured has from before it.</summary>
    private static Storage Written<T>(Device device, T[] values) where T : unmanaged
    {
        Storage? storage = null;
        StepRecording.Outside(() =>
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
            storage = device.Backend.AllocateOwn(bytes.Length);
            device.Backend.Write(bytes, storage, 0);
        });
        return storage!;
    }
}
