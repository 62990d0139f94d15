using Granary.Core;
using Granary.Core.Configuration;
using Granary.Core.Progress;
using Granary.Core.Runs;
using Granary.Pipelines.Corpus.NearDuplicates;
using Granary.Pipelines.Corpus.Splits;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// Reads the documents of a corpus: sources in their order, files in the order of their paths, several parts of them at
/// a time. Whatever the number of workers, the documents and their order are the same.
/// </summary>
public sealed class CorpusReader
{
    private readonly CorpusConfig _config;
    private readonly PathPlaceholders _placeholders;
    private readonly TimeProvider _time;
    private readonly int _workers;

    /// <summary>Creates the reader; nothing is opened yet.</summary>
    public CorpusReader(CorpusConfig config, PathPlaceholders placeholders, TimeProvider time, int workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        _config = config;
        _placeholders = placeholders;
        _time = time;
        _workers = workers;
    }

    /// <summary>The hash of everything in the configuration that decides which documents there are, and how files are hashed.</summary>
    public string ConfigurationHash => StageRecord.HashOf("corpus 2", $"{PartBytes}", ConfigurationFile.Write(_config with { DeduplicationBytes = 0 }));

    /// <summary>Where files go that help to read; they have no name and are gone with the reading. Default the system's temporary folder.</summary>
    public string ScratchFolder { get; init; } = Path.GetTempPath();

    /// <summary>Threads that read, or work on what was read.</summary>
    internal int Workers => _workers;

    /// <summary>
    /// Bytes of a part, of files that are read in parts: so few that every worker can be a part ahead of the one who
    /// takes the documents, and so many that opening the file again costs nothing.
    /// </summary>
    internal long PartBytes { get; init; } = 2 << 20;

    /// <summary>The files of each source, as its paths find them, in the order of reading.</summary>
    /// <exception cref="CorpusException">A path finds nothing, or something that cannot be read here.</exception>
    public IReadOnlyList<IReadOnlyList<CorpusFile>> List()
    {
        return [.. _config.Sources.Select((source, index) => source.List(_placeholders, $"corpus.sources.{index}"))];
    }

    /// <summary>
    /// Reads the documents, held-out ones and near duplicates included, and fills <paramref name="tally"/> on the way; its
    /// manifest is complete once the last document has been taken.
    /// </summary>
    /// <exception cref="CorpusException">A source has no document, or lost more to errors than its budget allows.</exception>
    public IEnumerable<Document> Read(CorpusTally tally, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        return ReadAll(new CorpusPass(List()), tally, progress, cancellationToken);
    }

    /// <summary>Reads the documents to train on from the files of a manifest, in the order of the first reading.</summary>
    /// <exception cref="CorpusException">A file has changed, or the manifest is another configuration's.</exception>
    public IEnumerable<Document> ReadTraining(CorpusManifest manifest, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(manifest);
        var pass = new CorpusPass(manifest.Files) { IsAgain = true, NearDuplicates = NearDuplicateFilter.Of(manifest, _config) };
        return ReadAll(pass, new CorpusTally(), progress, cancellationToken).Where(document => !document.IsHeldOut);
    }

    /// <summary>
    /// The same documents in the same order, tokenized elsewhere: split by split, as they are ready. Equal texts, near duplicates
    /// and limits are settled here, where all splits meet.
    /// </summary>
    /// <exception cref="CorpusException">A file has changed, a split is damaged, or the manifest is another configuration's.</exception>
    public IEnumerable<Document> ReadTraining(CorpusManifest manifest, TokenSplits splits, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(manifest);
        var pass = new CorpusPass(manifest.Files) { IsAgain = true, NearDuplicates = NearDuplicateFilter.Of(manifest, _config), Splits = splits };
        return ReadAll(pass, new CorpusTally(), progress, cancellationToken).Where(document => !document.IsHeldOut);
    }

    /// <summary>How the files of a manifest fall into splits of about so many bytes: whole parts of files, source by source, in the order of reading.</summary>
    public IReadOnlyList<CorpusSplit> Split(CorpusManifest manifest, long splitBytes)
    {
        Require(manifest);
        return [.. manifest.Files.SelectMany((files, source) => SplitPlanner.Plan(source, files, FormatOf(source, splits: null), splitBytes))];
    }

    /// <summary>Reads the documents of one split, as they stand in its files, and writes them with the ids that <paramref name="encode"/> gives.</summary>
    public void WriteTokens(CorpusManifest manifest, CorpusSplit split, TokenSplitHeader header, Func<ReadOnlyMemory<byte>, int[]> encode, Stream output, CancellationToken cancellationToken)
    {
        Require(manifest);
        var (config, format) = (_config.Sources[split.Source], FormatOf(split.Source, splits: null));
        var parts = SplitPlanner.PartsOf(split, manifest.Files[split.Source], format).Select(part => new PartRead(config, format, split.Source, part, PartPipeline.QueueBytes(_workers)));
        using var pipeline = new PartPipeline(parts, _workers, cancellationToken);
        using var writer = new TokenSplitWriter(output, header);
        foreach (var part in pipeline.Parts())
        {
            while (part.Batches.Take() is { } batch)
            {
                writer.Add(batch, encode);
            }

            cancellationToken.ThrowIfCancellationRequested();
            writer.EndPart(part.Digest);
        }

        writer.Finish();
    }

    /// <summary>Reads the documents of files that were listed before.</summary>
    internal IEnumerable<Document> Read(IReadOnlyList<IReadOnlyList<CorpusFile>> listed, CorpusTally tally)
    {
        return ReadAll(new CorpusPass(listed), tally, progress: null, CancellationToken.None);
    }

    /// <summary>Reads the documents of a manifest again, held-out ones included, but for its near duplicates.</summary>
    internal IEnumerable<Document> ReadWithoutNearDuplicates(CorpusManifest manifest, CorpusTally tally, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var pass = new CorpusPass(manifest.Files)
        {
            FilesListed = [.. manifest.Report.Sources.Select(source => source.FilesListed)],
            IsAgain = true,
            NearDuplicates = NearDuplicateFilter.Of(manifest, _config),
        };
        return ReadAll(pass, tally, progress, cancellationToken);
    }

    private void Require(CorpusManifest manifest)
    {
        if (manifest.ConfigurationHash != ConfigurationHash)
        {
            throw new CorpusException(CorpusManifest.FileName, "The manifest was made with another 'corpus' configuration. Run the corpus stage again.");
        }
    }

    private ISourceFormat FormatOf(int source, TokenSplits? splits)
    {
        var format = _config.Sources[source].CreateFormat(PartBytes);
        return splits is null ? format : new TokenSplitFormat(format, source, splits);
    }

    private IEnumerable<Document> ReadAll(CorpusPass pass, CorpusTally tally, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var files = pass.Files;
        using var nearDuplicates = pass.NearDuplicates;
        using var seen = _config.Deduplicate == Deduplication.Exact
            ? new SeenDocuments(SeenDocuments.CapacityOf(_config.DeduplicationBytes), ScratchFolder)
            : null;
        var started = _time.GetTimestamp();
        var meter = new ProgressMeter(progress, "reading documents", files.Sum(source => source.Sum(file => Math.Max(0, file.Bytes))));
        for (var i = 0; i < files.Count; i++)
        {
            var source = tally.Begin(_config.Sources[i], pass.FilesListed?[i] ?? files[i].Count);
            var (began, deadline) = (_time.GetTimestamp(), DeadlineOf(i, started, pass.IsAgain));
            var reader = new SourceReader(_config.Sources[i], i, source, seen, meter)
            {
                IsAgain = pass.IsAgain,
                NearDuplicates = nearDuplicates,
                Format = FormatOf(i, pass.Splits),
                Workers = _workers,
                IsTimeUp = () => _time.GetElapsedTime(began) >= deadline,
            };
            foreach (var document in reader.Read(files[i], cancellationToken))
            {
                yield return document;
            }

            if (!pass.IsAgain)
            {
                source.EndSource();
            }
        }

        meter.Finish();
        tally.End(ConfigurationHash);
    }

    /// <summary>When reading a source must end: what time is left is shared by the sources that are left.</summary>
    private TimeSpan DeadlineOf(int source, long started, bool isAgain)
    {
        if (_config.TimeBudget is not { } budget || isAgain)
        {
            return TimeSpan.MaxValue;
        }

        var spent = _time.GetElapsedTime(started);
        return budget <= spent ? TimeSpan.Zero : (budget - spent) / (_config.Sources.Count - source);
    }
}
