using System.Globalization;
using Granary.Pipelines.Corpus;

namespace Granary.Cli.Commands;

/// <summary>A corpus' report as lines of text: a table by source, then what was left out of each, with the first places.</summary>
internal static class CorpusTable
{
    private static readonly string[] Heads = ["source", "files", "documents", "bytes", "held out", "left out"];

    internal static IEnumerable<string> Lines(CorpusReport report)
    {
        string[][] rows = [Heads, .. report.Sources.Select(Row)];
        var widths = Enumerable.Range(0, Heads.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            // The name to the left, the numbers to the right.
            yield return string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column])));
        }

        foreach (var source in report.Sources)
        {
            foreach (var (reason, dropped) in source.Dropped)
            {
                yield return $"left out of {source.Name}, {reason}: {Number(dropped.Count)} of {Number(dropped.Bytes)} bytes; the first:";
                foreach (var example in dropped.Examples)
                {
                    yield return $"  {example}";
                }
            }
        }
    }

    private static string[] Row(SourceReport source)
    {
        return
        [
            source.Name,
            source.FilesRead == source.FilesListed ? Number(source.FilesRead) : $"{Number(source.FilesRead)} of {Number(source.FilesListed)}",
            Number(source.Documents),
            Number(source.Bytes),
            Number(source.HeldOutDocuments),
            Number(source.Dropped.Values.Sum(drop => drop.Count)),
        ];
    }

    private static string Number(long value)
    {
        return value.ToString("N0", CultureInfo.InvariantCulture);
    }
}
