using System.Globalization;

namespace Autodiff.Tests.Emulator.Syntax;

/// <summary>Reads numbers as PTX writes them: 12, 0x1F, 0b101, 12U, 0f3F800000, 0d3FF0000000000000, 1.5.</summary>
internal static class Immediates
{
    /// <summary>The number that <paramref name="word"/> spells.</summary>
    /// <exception cref="PtxException">It is no number.</exception>
    public static ImmediateOperand Parse(string word, bool negative, int line)
    {
        string text = negative ? "-" + word : word;
        string digits = word.EndsWith('U') ? word[..^1] : word;
        if (word.Length == 10 && word[..2] is "0f" or "0F")
        {
            uint bits = Hexadecimal(digits[2..], text, line) is var wide && !negative
                ? (uint)wide
                : (uint)wide ^ 0x8000_0000;
            return new ImmediateOperand(text, ImmediateForm.Float32Bits, bits, BitConverter.UInt32BitsToSingle(bits));
        }

        if (word.Length == 18 && word[..2] is "0d" or "0D")
        {
            ulong bits = Hexadecimal(digits[2..], text, line) ^ (negative ? 1UL << 63 : 0);
            return new ImmediateOperand(text, ImmediateForm.Float64Bits, (long)bits,
                BitConverter.UInt64BitsToDouble(bits));
        }

        if (digits.Length > 2 && digits[..2] is "0x" or "0X")
        {
            return Integer((long)Hexadecimal(digits[2..], text, line));
        }

        if (digits.Length > 2 && digits[..2] is "0b" or "0B"
            && ulong.TryParse(digits[2..], NumberStyles.BinaryNumber, CultureInfo.InvariantCulture, out ulong binary))
        {
            return Integer((long)binary);
        }

        if (ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong whole))
        {
            return Integer((long)whole);
        }

        if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            number = negative ? -number : number;
            return new ImmediateOperand(text, ImmediateForm.Decimal, BitConverter.DoubleToInt64Bits(number), number);
        }

        throw new PtxException(line, $"'{text}' is no number.");

        ImmediateOperand Integer(long value)
        {
            long signed = negative ? -value : value;
            return new ImmediateOperand(text, ImmediateForm.Integer, signed, signed);
        }
    }

    private static ulong Hexadecimal(string digits, string text, int line) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? value : throw new PtxException(line, $"'{text}' is no number.");
}
