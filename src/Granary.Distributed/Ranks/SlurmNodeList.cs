using System.Globalization;

namespace Granary.Distributed.Ranks;

/// <summary>Slurm's short forms: <c>node[01-03,7],gpu-1</c> for hosts, <c>4(x2),3</c> for counts.</summary>
/// <remarks>An empty list stands for a text that is not of the form. A host may have several brackets: <c>r[1-2]n[1-2]</c>.</remarks>
internal static class SlurmNodeList
{
    private const int Most = 1 << 20; // far above any cluster; a slip of the pen must not fill the memory

    /// <summary>The hosts in their order; none where the text is not of the form.</summary>
    public static IReadOnlyList<string> Expand(string list)
    {
        var hosts = new List<string>();
        foreach (var part in Parts(list))
        {
            var expanded = ExpandPart(part);
            if (expanded.Count == 0 || hosts.Count + expanded.Count > Most)
            {
                return [];
            }

            hosts.AddRange(expanded);
        }

        return hosts;
    }

    /// <summary>The counts in their order; none where the text is not of the form.</summary>
    public static IReadOnlyList<int> ExpandCounts(string list)
    {
        var counts = new List<int>();
        foreach (var part in list.Split(','))
        {
            var times = part.IndexOf("(x", StringComparison.Ordinal);
            var repeats = times < 0 ? 1 : part.EndsWith(')') ? NumberOf(part[(times + 2)..^1]) : null;
            if (NumberOf(times < 0 ? part : part[..times]) is not { } count || repeats is not (> 0 and <= Most))
            {
                return [];
            }

            counts.AddRange(Enumerable.Repeat(count, repeats.Value));
        }

        return counts;
    }

    // At commas outside of brackets.
    private static IEnumerable<string> Parts(string list)
    {
        var (begin, depth) = (0, 0);
        for (var index = 0; index < list.Length; index++)
        {
            depth += list[index] switch { '[' => 1, ']' => -1, _ => 0 };
            if (list[index] == ',' && depth == 0)
            {
                yield return list[begin..index];
                begin = index + 1;
            }
        }

        yield return list[begin..];
    }

    private static IReadOnlyList<string> ExpandPart(string part)
    {
        var open = part.IndexOf('[', StringComparison.Ordinal);
        var close = part.IndexOf(']', StringComparison.Ordinal);
        if (open < 0)
        {
            return part.Length > 0 && close < 0 ? [part] : [];
        }

        var tail = close > open ? part[(close + 1)..] : string.Empty;
        var tails = tail.Length > 0 ? ExpandPart(tail) : [string.Empty];
        var numbers = close > open ? part[(open + 1)..close].Split(',').Select(Range).ToList() : [[]];
        return numbers.Any(range => range.Count == 0)
            ? []
            : [.. numbers.SelectMany(range => range).SelectMany(number => tails.Select(end => part[..open] + number + end))];
    }

    // "01-03" keeps its zeros; none where it is no range.
    private static IReadOnlyList<string> Range(string range)
    {
        var ends = range.Split('-');
        var (first, last) = (NumberOf(ends[0]), NumberOf(ends[^1]));
        if (ends.Length > 2 || first is null || last is null || last < first || last - first > Most)
        {
            return [];
        }

        var form = $"D{ends[0].Length}";
        return [.. Enumerable.Range(first.Value, last.Value - first.Value + 1).Select(number => number.ToString(form, CultureInfo.InvariantCulture))];
    }

    private static int? NumberOf(string text)
    {
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
