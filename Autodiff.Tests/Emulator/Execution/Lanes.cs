using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Tests.Emulator.Execution;

/// <summary>Access to the lanes of registers.</summary>
internal static unsafe class Lanes
{
    /// <summary>Sets all lanes of a register to the same bits.</summary>
    public static void Fill(byte* slot, int size, ulong bits)
    {
        switch (size)
        {
            case 2:
                new Span<ushort>(slot, Warp.Size).Fill((ushort)bits);
                break;
            case 4:
                new Span<uint>(slot, Warp.Size).Fill((uint)bits);
                break;
            default:
                new Span<ulong>(slot, Warp.Size).Fill(bits);
                break;
        }
    }

    /// <summary>
    /// Writes one lane of a register of <paramref name="size"/> bytes: a smaller value is extended by its sign or by
    /// zeros.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Extend<T>(byte* slot, int size, int lane, T value) where T : unmanaged, INumberBase<T>
    {
        switch (size)
        {
            case 2:
                ((ushort*)slot)[lane] = ushort.CreateTruncating(value);
                break;
            case 4:
                ((uint*)slot)[lane] = uint.CreateTruncating(value);
                break;
            default:
                ((ulong*)slot)[lane] = ulong.CreateTruncating(value);
                break;
        }
    }
}
