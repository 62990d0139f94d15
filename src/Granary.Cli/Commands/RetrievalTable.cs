using System.Globalization;
using Granary.Training.Evaluation.Retrieval;

namespace Granary.Cli.Commands;

/// <summary>Results of `granary eval --long` as lines of text: for each task lengths downward and depths across, then facts.</summary>
internal static class RetrievalTable
{
    private const int CellWidth = 15;

    internal static IEnumerable<string> Lines(IReadOnlyList<RetrievalCellResult> results)
    {
        yield return "right answers in %, [95 % interval]; 'ranked' is the likeliest among the candidates";
        foreach (var block in results.GroupBy(result => (result.Cell.Task, result.Cell.Variant, HasContext: result.Cell.Depth is not null)).Where(block => block.Key.HasContext))
        {
            yield return string.Empty;
            yield return $"{Title(block.Key.Task, block.Key.Variant)}: {block.First().Items} items a cell, {block.First().Candidates} candidates";
            yield return $"{"tokens",8}{"depth",8}{string.Concat(block.Select(result => result.Cell.Depth).Distinct().Select(depth => $"{Percent(depth!.Value) + " %",CellWidth}"))}";
            foreach (var row in block.GroupBy(result => result.Cell.Length))
            {
                yield return $"{row.Key,8}{"exact",8}{string.Concat(row.Select(result => Share(result.Exact, result.Items)))}";
                yield return $"{string.Empty,8}{"ranked",8}{string.Concat(row.Select(result => Share(result.Best, result.Items)))}";
            }
        }

        var byHeart = results.Where(result => result.Cell.Depth is null).ToList();
        if (byHeart.Count > 0)
        {
            yield return string.Empty;
            yield return $"{"facts by heart",-32}{"exact",CellWidth}{"ranked",CellWidth}  of {byHeart[0].Candidates} candidates, {byHeart[0].Items} items";
            foreach (var result in byHeart)
            {
                yield return $"{result.Cell.Variant,-32}{Share(result.Exact, result.Items)}{Share(result.Best, result.Items)}";
            }
        }
    }

    internal static string Title(string task, string variant)
    {
        return variant.Length == 0 ? task : $"{task}, {variant}";
    }

    private static string Share(int hits, int items)
    {
        var interval = BinomialInterval.Of(hits, items);
        return $"{Percent((double)hits / items)} [{Percent(interval.Low)}-{Percent(interval.High)}]".PadLeft(CellWidth);
    }

    private static string Percent(double share)
    {
        return (100 * share).ToString("F0", CultureInfo.InvariantCulture);
    }
}
