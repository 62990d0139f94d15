using Granary.Core;

namespace Granary.Pipelines.Corpus;

/// <summary>Counts what is read of one source, and ends reading when too much of it is lost.</summary>
internal sealed class SourceTally
{
    private const int MaxExamples = 5;

    private readonly CorpusSourceConfig _config;
    private readonly List<CorpusFile> _files = [];
    private readonly Dictionary<string, (long Count, long Bytes, List<string> Examples)> _dropped = new(StringComparer.Ordinal);
    private readonly long _filesListed;
    private long _fileBytes;
    private long _documents;
    private long _bytes;
    private long _nearDocuments; // near duplicates, which limits count: the first reading, which finds them, keeps them
    private long _nearBytes;
    private long _heldOutDocuments;
    private long _heldOutBytes;
    private long _replaced;

    public SourceTally(CorpusSourceConfig config, long filesListed)
    {
        _config = config;
        _filesListed = filesListed;
    }

    /// <summary>The files read so far.</summary>
    public IReadOnlyList<CorpusFile> Files => _files;

    /// <summary>Documents kept so far.</summary>
    public long Documents => _documents;

    /// <summary>Whether the source's own limits let no further document in.</summary>
    public bool IsFull => (_config.Limit > 0 && _documents + _nearDocuments >= _config.Limit) || (_config.MaxBytes > 0 && _bytes + _nearBytes >= _config.MaxBytes);

    public void Keep(Document document)
    {
        _documents++;
        _bytes += document.Bytes;
        _heldOutDocuments += document.IsHeldOut ? 1 : 0;
        _heldOutBytes += document.IsHeldOut ? document.Bytes : 0;
    }

    /// <exception cref="CorpusException">The piece is an error, and the source says that these end reading.</exception>
    public void Drop(DroppedPiece piece)
    {
        if (_config.OnError == CorpusErrorAction.Fail && DropReason.IsError(piece.Reason))
        {
            throw new CorpusException(piece.File, $"{piece.Message} Set 'on_error' of source '{_config.Name}' to skip to leave it out.", piece.Line, piece.Offset, piece.Cause);
        }

        var (count, bytes, examples) = _dropped.GetValueOrDefault(piece.Reason, (0, 0, []));
        if (examples.Count < MaxExamples)
        {
            examples.Add(new CorpusException(piece.File, piece.Message, piece.Line, piece.Offset).Message.TrimEnd(' ', ':'));
        }

        _dropped[piece.Reason] = (count + 1, bytes + piece.Bytes, examples);
        _nearDocuments += piece.Reason == DropReason.NearDuplicate ? 1 : 0;
        _nearBytes += piece.Reason == DropReason.NearDuplicate ? piece.Bytes : 0;
    }

    public void CountBatch(DocumentBatch batch)
    {
        _fileBytes += batch.FileBytes;
        _replaced += batch.Replaced;
        batch.Dropped.ForEach(Drop);
    }

    public void EndFile(CorpusFile file)
    {
        _files.Add(file);
    }

    /// <exception cref="CorpusException">Nothing is left of the source, or more was lost than its budget allows.</exception>
    public void EndSource()
    {
        var errors = _dropped.Where(drop => DropReason.IsError(drop.Key)).ToArray();
        var lost = errors.Sum(drop => drop.Value.Bytes);
        var seen = _bytes + _dropped.Sum(drop => drop.Value.Bytes);
        var examples = string.Concat(errors.SelectMany(drop => drop.Value.Examples).Take(MaxExamples).Select(example => $"{Environment.NewLine}  - {example}"));
        if (errors.Length > 0 && lost > _config.ErrorBudget * seen)
        {
            throw new CorpusException(
                $"Source '{_config.Name}'",
                $"{errors.Sum(drop => drop.Value.Count)} pieces with {lost} of {seen} bytes could not be read, more than error_budget ({_config.ErrorBudget}) allows. Mend the files, or raise the budget. The first are:{examples}");
        }

        if (_documents == 0)
        {
            throw new CorpusException($"Source '{_config.Name}'", $"No document is left of {_files.Count} files: {Reasons()}. Correct 'paths', or remove the source.{examples}");
        }
    }

    public SourceReport ToReport()
    {
        return new SourceReport
        {
            Name = _config.Name,
            FilesListed = _filesListed,
            FilesRead = _files.Count,
            FileBytes = _fileBytes,
            Documents = _documents,
            Bytes = _bytes,
            HeldOutDocuments = _heldOutDocuments,
            HeldOutBytes = _heldOutBytes,
            Replaced = _replaced,
            Dropped = _dropped.OrderBy(drop => drop.Key, StringComparer.Ordinal)
                .ToDictionary(drop => drop.Key, drop => new DropReport(drop.Value.Count, drop.Value.Bytes, drop.Value.Examples)),
        };
    }

    private string Reasons()
    {
        return _dropped.Count == 0 ? "they hold nothing" : string.Join(", ", _dropped.Select(drop => $"{drop.Value.Count} {drop.Key}"));
    }
}
