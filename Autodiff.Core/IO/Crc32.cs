using System.Buffers.Binary;

namespace Autodiff.IO;

/// <summary>The checksum of zip and gzip (ISO 3309, polynomial 0x04C11DB7, reflected), eight bytes at a time.</summary>
internal static class Crc32
{
    /// <summary>
    /// Table k has the checksum of a byte with k zero bytes behind it (Kounavis and Berry, "slicing by 8").
    /// </summary>
    private static readonly uint[] Tables = Build();

    /// <summary>
    /// The checksum of bytes whose beginning has the checksum <paramref name="crc"/> (0 for none) and which go on with
    /// <paramref name="data"/>.
    /// </summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<uint> t = Tables;
        crc = ~crc;
        for (; data.Length >= 8; data = data[8..])
        {
            uint a = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(data),
                b = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = t[(7 << 8) + (byte)a] ^ t[(6 << 8) + (byte)(a >> 8)] ^ t[(5 << 8) + (byte)(a >> 16)]
                ^ t[(4 << 8) + (int)(a >> 24)]
                ^ t[(3 << 8) + (byte)b] ^ t[(2 << 8) + (byte)(b >> 8)] ^ t[(1 << 8) + (byte)(b >> 16)]
                ^ t[(int)(b >> 24)];
        }
        foreach (byte b in data)
        {
            crc = crc >> 8 ^ t[(byte)(crc ^ b)];
        }
        return ~crc;
    }

    private static uint[] Build()
    {
        var tables = new uint[8 << 8];
        for (uint i = 0; i < 256; i++)
        {
            uint c = i;
            for (int bit = 0; bit < 8; bit++)
            {
                c = (c & 1) == 0 ? c >> 1 : c >> 1 ^ 0xEDB88320;
            }
            tables[i] = c;
        }
        for (int i = 256; i < tables.Length; i++)
        {
            uint before = tables[i - 256];
            tables[i] = before >> 8 ^ tables[(byte)before];
        }
        return tables;
    }
}
