using Granary.Core;
using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus;

/// <summary>Where documents come from, and how many are taken.</summary>
[ConfigVariant("text", typeof(TextSourceConfig))]
[ConfigVariant("jsonl", typeof(JsonLinesSourceConfig))]
[ConfigVariant("xml-docs", typeof(XmlDocsSourceConfig))]
[ConfigVariant("parquet", typeof(ParquetSourceConfig))]
[ConfigVariant(RetrievalSourceConfig.TypeName, typeof(RetrievalSourceConfig))]
public abstract record CorpusSourceConfig : IConfigSection
{
    /// <summary>The source's name in reports and mixtures.</summary>
    public required string Name { get; init; }

    /// <summary>Documents to keep at most. Default 0: all.</summary>
    public long Limit { get; init; }

    /// <summary>Bytes of text to keep at most; the document that passes the mark is the last. Default 0: all.</summary>
    public long MaxBytes { get; init; }

    /// <summary>One document in this many, chosen by its content's hash, is held out of training. Default 50; 0 holds none out, 1 all: a source that is only measured on.</summary>
    public int HeldOutOneIn { get; init; } = 50;

    /// <summary>Bytes a document, or a line of JSON, may have; a longer one is an error and never in memory as a whole. Default 16 MiB.</summary>
    public int MaxDocumentBytes { get; init; } = 16 << 20;

    /// <summary>What happens to documents that cannot be read. Default skip.</summary>
    public CorpusErrorAction OnError { get; init; } = CorpusErrorAction.Skip;

    /// <summary>The share of the source's bytes that may be lost to errors before reading fails. Default 0.01; 1 allows any loss.</summary>
    public double ErrorBudget { get; init; } = 0.01;

    /// <summary>What happens to bytes that are not UTF-8, and to NUL. Default replace.</summary>
    public InvalidTextAction InvalidText { get; init; } = InvalidTextAction.Replace;

    /// <inheritdoc/>
    public virtual void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Name.Length > 0, $"{path}.name", Name, "a word");
        errors.Require(Limit >= 0, $"{path}.limit", Limit, "0 or more");
        errors.Require(MaxBytes >= 0, $"{path}.max_bytes", MaxBytes, "0 or more");
        errors.Require(HeldOutOneIn >= 0, $"{path}.held_out_one_in", HeldOutOneIn, "0 or more");
        errors.Require(MaxDocumentBytes is >= 1 and <= 1 << 30, $"{path}.max_document_bytes", MaxDocumentBytes, "from 1 to 1073741824 (1 GiB)");
        errors.Require(ErrorBudget is >= 0 and <= 1, $"{path}.error_budget", ErrorBudget, "from 0 to 1");
    }

    /// <summary>The source's files, in the order of reading; <paramref name="key"/> is where the source stands in the configuration.</summary>
    /// <exception cref="CorpusException">A path finds nothing, or something that cannot be read here.</exception>
    internal abstract IReadOnlyList<CorpusFile> List(PathPlaceholders placeholders, string key);

    /// <summary>A file of the source as it is now; size -1 when it is not there.</summary>
    internal abstract CorpusFile StateOf(CorpusFile file);

    /// <summary>How the source's files are read; those that can be split are, into parts of about <paramref name="partBytes"/>.</summary>
    internal abstract ISourceFormat CreateFormat(long partBytes);
}
