using System.Globalization;

namespace Granary.Data.Tokenization.Unicode.Tests;

/// <summary>Makes the pinned table of general categories from the running .NET.</summary>
internal static class UnicodeTableGenerator
{
    private const int CodePointCount = 0x110000;

    /// <summary>Runs of equal category as numbers of seven bits a byte, length times 32 plus category, in Base64.</summary>
    internal static string Runs()
    {
        var bytes = new List<byte>();
        for (var start = 0; start < CodePointCount;)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(start);
            var end = start + 1;
            while (end < CodePointCount && CharUnicodeInfo.GetUnicodeCategory(end) == category)
            {
                end++;
            }

            var value = (uint)((end - start) << 5) | (uint)category;
            for (; value >= 0x80; value >>= 7)
            {
                bytes.Add((byte)(value | 0x80));
            }

            bytes.Add((byte)value);
            start = end;
        }

        return Convert.ToBase64String([.. bytes]);
    }
}
