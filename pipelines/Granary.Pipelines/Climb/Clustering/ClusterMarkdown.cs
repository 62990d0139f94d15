using System.Globalization;
using System.Text;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>The report of clusters for people: clusters.md.</summary>
internal static class ClusterMarkdown
{
    /// <summary>The name it has in the stage's folder.</summary>
    public const string FileName = "clusters.md";

    private const int MergesShown = 12;
    private const string MeantByMarkdown = "\\`*_[]<>#|&~";

    /// <summary>The report as text.</summary>
    public static string Of(ClusterReport report)
    {
        var text = new StringBuilder();
        Line(text, $"# {report.Clusters.Count} clusters of {report.Documents:N0} documents\n");
        Line(text, $"k-means made {report.InitialClusters} of them (inertia {report.Inertia:G6}); names may be edited in {ClusterReport.FileName}.\n");
        Line(text, $"| number | name | documents | MB | merged from | sources |\n|--:|---|--:|--:|--:|---|");
        foreach (var card in report.Clusters)
        {
            Line(text, $"| {card.Number} | {Plain(card.Name)} | {card.Documents:N0} | {card.Bytes / 1e6:N2} | {card.MergedFrom} | {string.Join(", ", card.Sources.Select(source => string.Create(CultureInfo.InvariantCulture, $"{Plain(source.Key)} {source.Value:N0}")))} |");
        }

        AppendPruned(text, report);
        foreach (var card in report.Clusters)
        {
            Line(text, $"\n## {card.Number}: {Plain(card.Name)}\n");
            Line(text, $"Typical words: {string.Join(", ", card.TypicalWords)}.\n");
            Line(text, $"Mean scores: {string.Join(", ", card.Quality.Select(score => string.Create(CultureInfo.InvariantCulture, $"{Plain(score.Key)} {score.Value:G3}")))}.\n");
            foreach (var sample in card.Samples)
            {
                Line(text, $"> {Plain(sample)}\n");
            }
        }

        AppendMerges(text, report);
        return text.ToString();
    }

    private static void AppendPruned(StringBuilder text, ClusterReport report)
    {
        Line(text, $"\nLeft out for quality: {report.PrunedDocuments:N0} documents, {report.PrunedBytes / 1e6:N2} MB.");
        foreach (var pruned in report.Pruned)
        {
            Line(text, $"- {Plain(pruned.Score)} left out {pruned.Clusters} clusters with {pruned.Documents:N0} documents, {pruned.Bytes / 1e6:N2} MB");
        }

        foreach (var fit in report.Classifiers)
        {
            Line(text, $"- classifier {Plain(fit.Name)}, trained on {fit.Texts:N0} texts: area under the curve {fit.AreaUnderCurve:F3} on {fit.HeldOut:N0} others");
        }
    }

    private static void AppendMerges(StringBuilder text, ClusterReport report)
    {
        if (report.Dendrogram.Count == 0)
        {
            return;
        }

        Line(text, $"\n## Merges\n\n{report.MergesMade} of {report.Dendrogram.Count} were made. Those round the cut, of first clusters by the lower number:\n");
        Line(text, $"| merge | into | from | height | made |\n|--:|--:|--:|--:|---|");
        foreach (var (i, merge) in report.Dendrogram.Index().Skip(Math.Max(0, report.MergesMade - (MergesShown / 2))).Take(MergesShown))
        {
            Line(text, $"| {i + 1} | {merge.Into} | {merge.From} | {merge.Height:F4} | {(i < report.MergesMade ? "yes" : "no")} |");
        }
    }

    // A text that Markdown and HTML show as it is, in one line.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            plain.Append(MeantByMarkdown.Contains(letter, StringComparison.Ordinal) ? $"\\{letter}" : char.IsControl(letter) ? " " : letter.ToString());
        }

        return plain.ToString();
    }

    private static void Line(StringBuilder text, FormattableString line)
    {
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
