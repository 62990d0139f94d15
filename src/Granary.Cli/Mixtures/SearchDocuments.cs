using Granary.Cli.Stages;
using Granary.Core.Files;
using Granary.Pipelines.Corpus;

namespace Granary.Cli.Mixtures;

/// <summary>The held-out documents that a search measures on: a file of their own, so that a proxy need not read all there are.</summary>
internal static class SearchDocuments
{
    /// <summary>Chooses the documents, writes their file and gives them.</summary>
    /// <exception cref="StageException">A metric has none.</exception>
    internal static IReadOnlyList<HeldOutDocument> Keep(RunContext context)
    {
        var objective = context.Config.Mix!.Objective;
        var wanted = objective.Metrics.SelectMany(metric => metric.Measured).ToHashSet();
        var heldOut = HeldOutText.ReadDocuments(context.PathOf(CorpusStage.Name, CorpusStage.HeldOutFileName));
        var chosen = heldOut
            .Where(document => wanted.Contains(document.Source) && HeldOutSplit.IsForSearch(document.Id, objective.SearchShare))
            .GroupBy(document => document.Source)
            .SelectMany(source => HeldOutText.UpTo(objective.MaxBytes, source))
            .OrderBy(document => document.Id, StringComparer.Ordinal)
            .ToList();
        foreach (var metric in objective.Metrics.Where(metric => metric.Task is null))
        {
            Require(metric, chosen, heldOut.Count(document => metric.Measured.Contains(document.Source)));
        }

        AtomicFile.Write(context.PathOf(MixStage.Name, MixStage.DocumentsName), stream => Write(stream, chosen));
        var left = heldOut.Count(document => !HeldOutSplit.IsForSearch(document.Id, objective.SearchShare));
        context.View.Say($"{chosen.Count:N0} held-out documents judge mixtures; {left:N0} others are left for the run's own evaluation");
        return chosen;
    }

    private static void Require(MixMetricConfig metric, List<HeldOutDocument> chosen, int heldOut)
    {
        // Nothing predicts a document's first byte, so one of a single token measures nothing.
        if (!chosen.Any(document => metric.Measured.Contains(document.Source) && document.Text.Length > 1))
        {
            throw new StageException(MixStage.Name, $"Metric '{metric.Name}' has no held-out document to measure on: '{heldOut}' of its sources are held out, and none of them falls to the search. Lower held_out_one_in of {string.Join(", ", metric.Measured)}, raise mix.objective.search_share, or name another target.");
        }
    }

    private static void Write(Stream stream, List<HeldOutDocument> documents)
    {
        foreach (var document in documents)
        {
            HeldOutLines.Write(stream, document.Id, document.Source, document.Text);
        }
    }
}
