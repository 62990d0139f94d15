using System.Buffers;
using System.Text;

namespace Granary.Data.Tokenization.Unicode;

/// <summary>Brings UTF-8 into Normalization Form C by the tables of Unicode 9.</summary>
/// <remarks>
/// Characters below U+0300 are normal already and are passed over at the speed of memory. Where a character may change or
/// join the one before it, the stretch from the last safe starter to the next is (1) decomposed, (2) put in the order of
/// combining classes, (3) composed; all else is copied.
/// </remarks>
internal static class CanonicalComposition
{
    private const byte FirstUnsafeByte = 0xCC; // the lead byte of U+0300
    private const int SyllableBase = 0xAC00;
    private const int SyllableCount = 11172;
    private const int LeadBase = 0x1100;
    private const int LeadCount = 19;
    private const int VowelBase = 0x1161;
    private const int VowelCount = 21;
    private const int TailBase = 0x11A7;
    private const int TailCount = 28;

    private static readonly SearchValues<byte> UnsafeBytes = SearchValues.Create([.. Enumerable.Range(FirstUnsafeByte, 256 - FirstUnsafeByte).Select(value => (byte)value)]);
    private static readonly Dictionary<int, byte> Classes = ReadClasses();
    private static readonly Dictionary<int, (int First, int Second)> Decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];
    private static readonly HashSet<int> Unstable = [];

    static CanonicalComposition()
    {
        ReadDecompositions();

        // What may change, or join or pass a character before it.
        Unstable.UnionWith(Classes.Keys);
        Unstable.UnionWith(Compositions.Keys.Select(pair => pair.Second));
        Unstable.UnionWith(Enumerable.Range(VowelBase, VowelCount));
        Unstable.UnionWith(Enumerable.Range(TailBase + 1, TailCount - 1));
        Unstable.UnionWith(Decompositions.Where(entry => !Compositions.ContainsKey(entry.Value)).Select(entry => entry.Key));
    }

    /// <summary>The text itself when it is normal; else its normal form, in memory of its own.</summary>
    internal static ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text)
    {
        ArrayBufferWriter<byte>? output = null;
        var copied = 0;
        var safe = 0; // the last starter before the position that nothing before it can touch
        for (var position = text.IndexOfAny(UnsafeBytes) is var found && found < 0 ? text.Length : Math.Max(0, found - 2); position < text.Length;)
        {
            if ((text[position] & 0xC0) == 0x80)
            {
                position++; // the search begins within the character before the first suspect
                continue;
            }

            var codePoint = CodePoints.Decode(text, position, out var size);
            if (codePoint < 0x300 || !Unstable.Contains(codePoint))
            {
                safe = position;
                position += size;
                continue;
            }

            var end = EndOfStretch(text, position + size);
            output ??= new ArrayBufferWriter<byte>(text.Length + 64);
            output.Write(text[copied..safe]);
            Write(Compose(text[safe..end]), output);
            copied = end;
            position = end;
            safe = end;
        }

        if (output is null)
        {
            return text;
        }

        output.Write(text[copied..]);
        return output.WrittenSpan;
    }

    private static int EndOfStretch(ReadOnlySpan<byte> text, int position)
    {
        while (position < text.Length && CodePoints.Decode(text, position, out var size) is var codePoint && Unstable.Contains(codePoint))
        {
            position += size;
        }

        return position;
    }

    private static List<int> Compose(ReadOnlySpan<byte> stretch)
    {
        var points = new List<int>();
        for (var position = 0; position < stretch.Length;)
        {
            Decompose(CodePoints.Decode(stretch, position, out var size), points);
            position += size;
        }

        Order(points);
        var starter = -1;
        var kept = 0;
        var lastClass = -1; // of the last mark kept behind the starter; -1 directly behind it
        foreach (var point in points.ToArray())
        {
            var kind = ClassOf(point);
            if (starter >= 0 && lastClass < kind && Pair(points[starter], point) is var composed and > 0)
            {
                points[starter] = composed;
                continue;
            }

            if (kind == 0)
            {
                (starter, lastClass) = (kept, -1);
            }
            else
            {
                lastClass = kind;
            }

            points[kept++] = point;
        }

        points.RemoveRange(kept, points.Count - kept);
        return points;
    }

    private static void Decompose(int point, List<int> points)
    {
        var syllable = point - SyllableBase;
        if ((uint)syllable < SyllableCount)
        {
            points.Add(LeadBase + (syllable / (VowelCount * TailCount)));
            points.Add(VowelBase + (syllable % (VowelCount * TailCount) / TailCount));
            if (syllable % TailCount != 0)
            {
                points.Add(TailBase + (syllable % TailCount));
            }
        }
        else if (Decompositions.TryGetValue(point, out var parts))
        {
            Decompose(parts.First, points);
            if (parts.Second != 0)
            {
                points.Add(parts.Second); // no second part decomposes further
            }
        }
        else
        {
            points.Add(point);
        }
    }

    // Sorts each run of marks by class and keeps the order of equal ones.
    private static void Order(List<int> points)
    {
        for (var start = 0; start < points.Count; start++)
        {
            var end = start;
            while (end < points.Count && ClassOf(points[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var sorted = points[start..end].OrderBy(ClassOf).ToArray();
                for (var i = 0; i < sorted.Length; i++)
                {
                    points[start + i] = sorted[i];
                }
            }

            start = end;
        }
    }

    private static int Pair(int first, int second)
    {
        if ((uint)(first - LeadBase) < LeadCount && (uint)(second - VowelBase) < VowelCount)
        {
            return SyllableBase + ((((first - LeadBase) * VowelCount) + second - VowelBase) * TailCount);
        }

        var isOpenSyllable = (uint)(first - SyllableBase) < SyllableCount && (first - SyllableBase) % TailCount == 0;
        if (isOpenSyllable && second > TailBase && second < TailBase + TailCount)
        {
            return first + second - TailBase;
        }

        return Compositions.GetValueOrDefault((first, second));
    }

    private static void Write(List<int> points, ArrayBufferWriter<byte> output)
    {
        foreach (var point in points)
        {
            output.Advance(new Rune(point).EncodeToUtf8(output.GetSpan(4)));
        }
    }

    private static int ClassOf(int point)
    {
        return Classes.GetValueOrDefault(point);
    }

    private static Dictionary<int, byte> ReadClasses()
    {
        var classes = new Dictionary<int, byte>();
        var numbers = Numbers(CompositionTable.CombiningClasses);
        var next = 0;
        for (var i = 0; i < numbers.Count; i += 3)
        {
            next += numbers[i];
            for (var length = numbers[i + 1]; length > 0; length--)
            {
                classes.Add(next++, (byte)numbers[i + 2]);
            }
        }

        return classes;
    }

    private static void ReadDecompositions()
    {
        var numbers = Numbers(CompositionTable.Decompositions);
        var point = 0;
        for (var i = 0; i < numbers.Count; i += 3)
        {
            point += numbers[i] >> 1;
            var difference = (numbers[i + 1] & 1) == 0 ? numbers[i + 1] >> 1 : -((numbers[i + 1] + 1) >> 1);
            var parts = (point + difference, numbers[i + 2]);
            Decompositions.Add(point, parts);
            if ((numbers[i] & 1) != 0)
            {
                Compositions.Add(parts, point);
            }
        }
    }

    private static List<int> Numbers(string base64)
    {
        var numbers = new List<int>();
        var (value, shift) = (0, 0);
        foreach (var part in Convert.FromBase64String(base64))
        {
            value |= (part & 0x7F) << shift;
            shift += 7;
            if (part < 0x80)
            {
                numbers.Add(value);
                (value, shift) = (0, 0);
            }
        }

        return numbers;
    }
}
