namespace Granary.Pipelines.Corpus;

/// <summary>What was read of a source. Documents seen = kept + dropped.</summary>
public sealed record SourceReport
{
    /// <summary>The source's name.</summary>
    public required string Name { get; init; }

    /// <summary>Files that its paths name.</summary>
    public long FilesListed { get; init; }

    /// <summary>Files read; fewer when a limit or the time budget ended reading.</summary>
    public long FilesRead { get; init; }

    /// <summary>Bytes read of the files, packed where they are packed.</summary>
    public long FileBytes { get; init; }

    /// <summary>Documents kept, held-out ones included.</summary>
    public long Documents { get; init; }

    /// <summary>Bytes of their text.</summary>
    public long Bytes { get; init; }

    /// <summary>Documents held out of training.</summary>
    public long HeldOutDocuments { get; init; }

    /// <summary>Bytes of their text.</summary>
    public long HeldOutBytes { get; init; }

    /// <summary>Sequences that were not UTF-8, or NUL, and became U+FFFD.</summary>
    public long Replaced { get; init; }

    /// <summary>What was left out, by the reason: a word of <see cref="DropReason"/>.</summary>
    public IReadOnlyDictionary<string, DropReport> Dropped { get; init; } = new Dictionary<string, DropReport>();

    /// <summary>Documents to train on.</summary>
    public long TrainingDocuments => Documents - HeldOutDocuments;

    /// <summary>Bytes of text to train on.</summary>
    public long TrainingBytes => Bytes - HeldOutBytes;
}
