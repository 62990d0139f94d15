using Granary.Pipelines.Corpus.ParquetBytes;

namespace Granary.Pipelines.Corpus;

/// <summary>Some row groups of a Parquet file; its bytes are theirs and those that stand between them and the next.</summary>
internal sealed record ParquetPart : FilePart
{
    public ParquetPart(FilePart part)
        : base(part)
    {
    }

    /// <summary>What reads the file.</summary>
    public required ParquetDatabase Database { get; init; }

    /// <summary>What selects row numbers, texts and names from the file, but for which rows.</summary>
    public required string Query { get; init; }

    /// <summary>Its first row in the file, from 0.</summary>
    public required long FirstRow { get; init; }

    /// <summary>The row behind its last.</summary>
    public required long EndRow { get; init; }

    /// <summary>Its row groups in the file.</summary>
    public required Range RowGroups { get; init; }

    /// <summary>The pages that have checksums, of the columns that are read; none where the file has no checksums.</summary>
    public required IReadOnlyList<ParquetChunk> Checked { get; init; }

    /// <inheritdoc/>
    public override void Release()
    {
        Database.EndPart();
    }
}
