using Granary.Core;
using Granary.Pipelines.Corpus.NearDuplicates;

namespace Granary.Pipelines.Corpus;

/// <summary>Reads the files of one source in parts, several at a time, and takes their documents in order.</summary>
internal sealed class SourceReader
{
    private readonly CorpusSourceConfig _config;
    private readonly int _index;
    private readonly SourceTally _tally;
    private readonly SeenDocuments? _seen;
    private readonly ProgressMeter _meter;

    public SourceReader(CorpusSourceConfig config, int index, SourceTally tally, SeenDocuments? seen, ProgressMeter meter)
    {
        _config = config;
        _index = index;
        _tally = tally;
        _seen = seen;
        _meter = meter;
    }

    /// <summary>Whether files are those of an earlier reading, so that one that has changed is refused.</summary>
    public bool IsAgain { get; init; }

    /// <summary>Says which documents nearly equal an earlier one; null where this is not known, or not asked.</summary>
    public NearDuplicateFilter? NearDuplicates { get; init; }

    /// <summary>How the files are read.</summary>
    public required ISourceFormat Format { get; init; }

    /// <summary>How many parts are read at a time.</summary>
    public required int Workers { get; init; }

    /// <summary>Says, at a file's beginning, that time is up.</summary>
    public required Func<bool> IsTimeUp { get; init; }

    public IEnumerable<Document> Read(IReadOnlyList<CorpusFile> files, CancellationToken cancellationToken)
    {
        using var pipeline = new PartPipeline(PartsOf(files), Workers, cancellationToken);
        FileTally file = null!; // every file has a first part
        foreach (var part in pipeline.Parts())
        {
            if (part.Part.Index == 0)
            {
                if (_tally.IsFull || (_tally.Files.Count > 0 && IsTimeUp()))
                {
                    yield break;
                }

                RefuseChanged(part.Part.File);
                file = new FileTally(part.Part.File, _tally.Documents);
            }

            foreach (var document in TakeDocuments(part, file))
            {
                _tally.Keep(document);
                yield return document;
            }

            cancellationToken.ThrowIfCancellationRequested();
            file.Add(part.Digest);
            if (file.IsCut || part.Part.Index == part.Part.Count - 1)
            {
                EndFile(part.Part.File, file.ToFile(_tally.Documents));
            }

            if (file.IsCut)
            {
                yield break;
            }
        }
    }

    // Lazy: a file is split when a worker comes to it.
    private IEnumerable<PartRead> PartsOf(IReadOnlyList<CorpusFile> files)
    {
        var queueBytes = PartPipeline.QueueBytes(Workers);
        return files.SelectMany(Format.Split).Select(part => new PartRead(_config, Format, _index, part, queueBytes));
    }

    /// <summary>The part's documents that were not seen before, until the source's limits are reached.</summary>
    private IEnumerable<Document> TakeDocuments(PartRead part, FileTally file)
    {
        if (file.IsBroken)
        {
            part.Batches.Abandon();
        }

        while (!file.IsCut && part.Batches.Take() is { } batch)
        {
            batch.CountLinesFrom(file.Lines);
            _tally.CountBatch(batch);
            _meter.Advance(batch.FileBytes);
            foreach (var document in batch.Documents)
            {
                if (_tally.IsFull)
                {
                    file.IsCut = true;
                    break;
                }

                if (_seen?.Add(document.Hash) == false)
                {
                    _tally.Drop(new DroppedPiece(DropReason.Duplicate, string.Empty, document.File, document.Line, document.Offset, document.Bytes));
                    continue;
                }

                if (NearDuplicates?.IsDropped(document, out var original) == true)
                {
                    _tally.Drop(new DroppedPiece(DropReason.NearDuplicate, original, document.File, document.Line, document.Offset, document.Bytes));
                    continue;
                }

                yield return document;
            }
        }
    }

    private void EndFile(CorpusFile listed, CorpusFile read)
    {
        if (IsAgain && listed.Sha256 is { } expected && read.Sha256 != expected)
        {
            throw Changed(listed, "its content is another");
        }

        _tally.EndFile(read);
    }

    private void RefuseChanged(CorpusFile file)
    {
        var present = IsAgain ? _config.StateOf(file) : file;
        if (present.Bytes != file.Bytes)
        {
            throw Changed(file, present.Bytes < 0 ? "it is gone" : $"it has {present.Bytes} bytes in place of {file.Bytes}");
        }

        if (file.Sha256 is null && present.Modified != file.Modified)
        {
            throw Changed(file, "it was written to");
        }
    }

    private static CorpusException Changed(CorpusFile file, string how)
    {
        return new CorpusException(file.Path, $"The file has changed since the corpus was read: {how}. Put it back, or run the corpus stage again.");
    }
}
