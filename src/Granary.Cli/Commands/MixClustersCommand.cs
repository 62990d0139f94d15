using System.CommandLine;
using System.Globalization;
using Granary.Cli.Mixtures;
using Granary.Pipelines.Climb.Clustering;
using Spectre.Console;

namespace Granary.Cli.Commands;

/// <summary>`granary mix clusters FOLDER`: the clusters' cards.</summary>
internal static class MixClustersCommand
{
    private const int WordsShown = 8;

    internal static Command Build()
    {
        var command = new Command("clusters", "Shows the clusters of a run: sizes, typical words, sources, quality, and what was left out.");
        var folder = new Argument<string>("folder") { Description = "The run's folder, that of its stage 'clusters', or its clusters.json." };
        var json = new Option<bool>("--json") { Description = "One JSON object: what clusters.json holds." };
        command.Arguments.Add(folder);
        command.Options.Add(json);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var report = ClusterReport.Load(StageFile.Find(arguments.GetRequiredValue(folder), ClusterReading.Name, ClusterReport.FileName));
            if (arguments.GetValue(json))
            {
                Console.Out.WriteLine(report.ToJson());
            }
            else
            {
                Print(report);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Print(ClusterReport report)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("cluster", "documents", "MB", "of", "typical words", "sources");
        foreach (var card in report.Clusters)
        {
            table.AddRow(
                Markup.Escape(card.Name),
                Text($"{card.Documents:N0}"),
                Text($"{card.Bytes / 1e6:N2}"),
                Text($"{card.MergedFrom}"),
                Markup.Escape(string.Join(' ', card.TypicalWords.Take(WordsShown))),
                Markup.Escape(string.Join(", ", card.Sources.OrderByDescending(source => source.Value).Select(source => Text($"{source.Key} {(double)source.Value / card.Documents:P0}")))));
        }

        AnsiConsole.Write(table);
        Console.Out.WriteLine(Text($"{report.Documents:N0} documents in {report.Clusters.Count} clusters, merged from {report.InitialClusters}; {report.PrunedDocuments:N0} documents ({report.PrunedBytes / 1e6:N2} MB) left out"));
        foreach (var pruned in report.Pruned)
        {
            Console.Out.WriteLine(Text($"  {pruned.Score} left out {pruned.Clusters} clusters, {pruned.Documents:N0} documents ({pruned.Bytes / 1e6:N2} MB)"));
        }

        foreach (var fit in report.Classifiers)
        {
            Console.Out.WriteLine(Text($"  classifier {fit.Name}: area under the curve {fit.AreaUnderCurve:F3} on {fit.HeldOut:N0} texts it was not trained on"));
        }
    }

    private static string Text(FormattableString text)
    {
        return text.ToString(CultureInfo.InvariantCulture);
    }
}
