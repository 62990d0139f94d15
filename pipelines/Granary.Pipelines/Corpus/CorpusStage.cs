using Granary.Core.Files;
using Granary.Core.Progress;
using Granary.Core.Runs;
using Granary.Pipelines.Corpus.NearDuplicates;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// The first stage of a run: reads the whole corpus once, counts it, and writes which files it was read from
/// (<c>corpus.json</c>) and the documents held out of training (<c>held-out.jsonl</c>). Where near duplicates are dropped, a
/// reading before that one finds them (<c>near-duplicates.tsv</c>).
/// </summary>
public static class CorpusStage
{
    /// <summary>The stage's name.</summary>
    public const string Name = "corpus";

    /// <summary>The name of the file of held-out documents: {"id":...,"source":...,"text":...} a line.</summary>
    public const string HeldOutFileName = "held-out.jsonl";

    /// <summary>Reads the corpus into the stage's folder, unless neither the configuration nor a file has changed since it was.</summary>
    public static (CorpusManifest Manifest, bool WasSkipped) Run(
        string folder,
        CorpusConfig config,
        CorpusReader reader,
        IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        // The listing stands for the files' contents: hashing these would mean to read everything before reading it.
        var listing = reader.List().SelectMany(files => files).Select(file => $"{file.Path} {file.Bytes} {file.Modified:O}");
        var (_, wasSkipped) = StageRecord.Run(folder, StageRecord.HashOf([.. listing]), reader.ConfigurationHash, () =>
        {
            var tally = new CorpusTally();
            var found = config.NearDuplicates is null ? null : NearDuplicateReading.Run(folder, config, reader, progress, cancellationToken);
            var documents = found is null
                ? reader.Read(tally, progress, cancellationToken)
                : reader.ReadWithoutNearDuplicates(found, tally, progress, cancellationToken);
            AtomicFile.Write(Path.Combine(folder, HeldOutFileName), stream =>
            {
                foreach (var document in documents)
                {
                    if (document.IsHeldOut)
                    {
                        HeldOutLines.Write(stream, document.Id, config.Sources[document.Source].Name, document.Text.Span);
                    }
                }
            });
            var manifest = tally.Manifest with { NearDuplicatesSha256 = found?.NearDuplicatesSha256 };
            AtomicFile.Write(Path.Combine(folder, CorpusManifest.FileName), manifest.Write);
            string[] files = [CorpusManifest.FileName, HeldOutFileName];
            return new StageOutput(manifest.ContentHash(), found is null ? files : [.. files, NearDuplicateFilter.FileName]);
        });
        return (CorpusManifest.Load(Path.Combine(folder, CorpusManifest.FileName)), wasSkipped);
    }
}
