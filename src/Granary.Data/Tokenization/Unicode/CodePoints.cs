using System.Globalization;
using System.Runtime.CompilerServices;

namespace Granary.Data.Tokenization.Unicode;

/// <summary>Classes of characters by Unicode 16, whatever version the running .NET has.</summary>
/// <remarks>Two tables of one byte per entry (about 60 KB in all): code point / 128 to block, block and offset to class.</remarks>
internal static class CodePoints
{
    private const int BlockBits = 7;
    private const int BlockSize = 1 << BlockBits;
    private const int Count = 0x110000;

    private static readonly ushort[] Blocks;
    private static readonly byte[] Classes;

    static CodePoints()
    {
        var all = ClassOfEach();
        var known = new Dictionary<string, ushort>();
        var classes = new List<byte>();
        Blocks = new ushort[Count >> BlockBits];
        for (var block = 0; block < Blocks.Length; block++)
        {
            var content = all.AsSpan(block << BlockBits, BlockSize);
            var key = Convert.ToHexString(content);
            if (!known.TryGetValue(key, out var index))
            {
                index = (ushort)known.Count;
                known.Add(key, index);
                classes.AddRange(content);
            }

            Blocks[block] = index;
        }

        Classes = [.. classes];
    }

    /// <summary>The class of a code point, which must be below 0x110000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static CodePointClass ClassOf(int codePoint)
    {
        return (CodePointClass)Classes[(Blocks[codePoint >> BlockBits] << BlockBits) | (codePoint & (BlockSize - 1))];
    }

    /// <summary>The class and the size of the character at a position of valid UTF-8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static CodePointClass ClassAt(ReadOnlySpan<byte> text, int position, out int size)
    {
        var first = text[position];
        if (first < 0x80)
        {
            size = 1;
            return ClassOf(first);
        }

        return ClassOf(Decode(text, position, out size));
    }

    /// <summary>The code point and its size at a position of valid UTF-8.</summary>
    internal static int Decode(ReadOnlySpan<byte> text, int position, out int size)
    {
        var first = text[position];
        if (first < 0x80)
        {
            size = 1;
            return first;
        }

        if (first < 0xE0)
        {
            size = 2;
            return ((first & 0x1F) << 6) | (text[position + 1] & 0x3F);
        }

        if (first < 0xF0)
        {
            size = 3;
            return ((first & 0x0F) << 12) | ((text[position + 1] & 0x3F) << 6) | (text[position + 2] & 0x3F);
        }

        size = 4;
        return ((first & 0x07) << 18) | ((text[position + 1] & 0x3F) << 12)
            | ((text[position + 2] & 0x3F) << 6) | (text[position + 3] & 0x3F);
    }

    /// <summary>The class and the size of the character that ends before a position of valid UTF-8.</summary>
    internal static CodePointClass ClassBefore(ReadOnlySpan<byte> text, int position, out int size)
    {
        var start = position - 1;
        while ((text[start] & 0xC0) == 0x80)
        {
            start--;
        }

        return ClassAt(text, start, out size);
    }

    /// <summary>The general category of every code point, as the runs of the pinned table give it.</summary>
    internal static UnicodeCategory[] ReadCategories()
    {
        var categories = new UnicodeCategory[Count];
        foreach (var (category, first, length) in Runs())
        {
            Array.Fill(categories, category, first, length);
        }

        return categories;
    }

    private static IEnumerable<(UnicodeCategory Category, int First, int Length)> Runs()
    {
        var next = 0;
        var value = 0;
        var shift = 0;
        foreach (var part in Convert.FromBase64String(GeneralCategoryTable.Runs))
        {
            value |= (part & 0x7F) << shift;
            shift += 7;
            if (part < 0x80)
            {
                yield return ((UnicodeCategory)(value & 31), next, value >> 5);
                next += value >> 5;
                (value, shift) = (0, 0);
            }
        }
    }

    // By runs, not by code points: this is part of every start, before any code is compiled well.
    private static byte[] ClassOfEach()
    {
        var classes = new byte[Count];
        foreach (var (category, first, length) in Runs())
        {
            Array.Fill(classes, (byte)ByCategory(category), first, length);
        }

        foreach (var (first, last, kind) in ByName)
        {
            for (var codePoint = first; codePoint <= last; codePoint++)
            {
                classes[codePoint] |= (byte)kind;
            }
        }

        return classes;
    }

    private static CodePointClass ByCategory(UnicodeCategory category)
    {
        return category switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter =>
                CodePointClass.Letter | CodePointClass.Upper | CodePointClass.Word,
            UnicodeCategory.LowercaseLetter => CodePointClass.Letter | CodePointClass.Lower | CodePointClass.Word,
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter =>
                CodePointClass.Letter | CodePointClass.Upper | CodePointClass.Lower | CodePointClass.Word,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
                CodePointClass.Mark | CodePointClass.Upper | CodePointClass.Lower | CodePointClass.Word,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber => CodePointClass.Number | CodePointClass.Word,
            UnicodeCategory.OtherNumber => CodePointClass.Number,
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator =>
                CodePointClass.Space,
            UnicodeCategory.ConnectorPunctuation => CodePointClass.Word,
            _ => CodePointClass.Other,
        };
    }

    // What the general category does not say: white space among the controls, and \w beyond letters, marks and digits.
    private static (int First, int Last, CodePointClass Kind)[] ByName =>
    [
        ('\t', '\r', CodePointClass.Space),
        ('\n', '\n', CodePointClass.Newline),
        ('\r', '\r', CodePointClass.Newline),
        (0x85, 0x85, CodePointClass.Space),
        (0x200C, 0x200D, CodePointClass.Word), // join controls
        (0x24B6, 0x24E9, CodePointClass.Word), // from here on symbols with the property Alphabetic
        (0x1F130, 0x1F149, CodePointClass.Word),
        (0x1F150, 0x1F169, CodePointClass.Word),
        (0x1F170, 0x1F189, CodePointClass.Word),
    ];
}
