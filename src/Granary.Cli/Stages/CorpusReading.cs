using Granary.Pipelines.Corpus;

namespace Granary.Cli.Stages;

/// <summary>Reads and counts the documents, and sets the held-out ones apart.</summary>
internal static class CorpusReading
{
    internal static CorpusManifest Run(RunContext context, CancellationToken cancellationToken)
    {
        context.View.BeginStage(CorpusStage.Name, "read and count documents");
        var (manifest, wasSkipped) = CorpusStage.Run(
            context.Folder.StagePath(CorpusStage.Name), context.Config.Corpus, Reader(context), context.View, cancellationToken);
        var report = manifest.Report;
        context.View.EndStage(
            CorpusStage.Name,
            $"{report.Documents:N0} documents, {report.Bytes / 1e6:N1} MB of text; {report.HeldOutDocuments:N0} of them held out ({report.HeldOutBytes / 1e6:N2} MB)",
            wasSkipped);
        if (!wasSkipped)
        {
            TellWhatWasLost(context, report);
        }

        return manifest;
    }

    private static void TellWhatWasLost(RunContext context, CorpusReport report)
    {
        foreach (var source in report.Sources.Where(source => source.Dropped.Count > 0))
        {
            var reasons = source.Dropped.Select(drop => $"{drop.Value.Count:N0} {drop.Key}");
            context.View.Say($"left out of {source.Name}: {string.Join(", ", reasons)}");
            foreach (var (_, lost) in source.Dropped.Where(drop => DropReason.IsError(drop.Key)))
            {
                context.View.Warn(lost.Examples[0]);
            }
        }
    }

    /// <summary>The reader of the run's corpus, which knows this machine's folders.</summary>
    internal static CorpusReader Reader(RunContext context)
    {
        return new CorpusReader(context.Config.Corpus, Placeholders, context.Time, context.Threads) { ScratchFolder = context.Folder.StagePath(CorpusStage.Name) };
    }

    private static PathPlaceholders Placeholders { get; } = new(new Dictionary<string, Func<string?>> { ["torch_include"] = TorchInclude.Find });
}
