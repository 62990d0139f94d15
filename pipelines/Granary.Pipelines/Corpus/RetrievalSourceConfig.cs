using Granary.Core.Configuration;
using Granary.Data.Retrieval;

namespace Granary.Pipelines.Corpus;

/// <summary>Documents about a made-up world, from which a model can learn to look back: what `granary eval --long` asks for.</summary>
public sealed record RetrievalSourceConfig : CorpusSourceConfig
{
    internal const string TypeName = "retrieval"; // what `type:` says in YAML
    internal const int LettersPerWord = 6; // about, the space included

    /// <summary>Documents there are; each is a function of the world, the source's name and its number. Default 10,000.</summary>
    public long Documents { get; init; } = 10_000;

    /// <summary>What the documents tell of. The evaluation asks about the same world.</summary>
    public RetrievalWorldConfig World { get; init; } = new();

    /// <summary>How often each kind of document comes.</summary>
    public RetrievalSharesConfig Shares { get; init; } = new();

    /// <summary>Words of the shortest document, its questions not counted. Default 20.</summary>
    public int MinWords { get; init; } = 20;

    /// <summary>Words of the longest document, its questions not counted; a word is 1.3 to 2 tokens. Default 120.</summary>
    public int MaxWords { get; init; } = 120;

    /// <summary>Keys told of in a multi-key document at most, of 2 or more, and facts in a context at most. Default 8.</summary>
    public int Pairs { get; init; } = 8;

    /// <summary>Questions behind a document at most; each asks for something else that is told in it. Default 8.</summary>
    public int Questions { get; init; } = 8;

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(Documents is >= 1 and <= 1_000_000_000, $"{path}.documents", Documents, "from 1 to 1000000000");
        errors.Require(MinWords >= 8, $"{path}.min_words", MinWords, "8 or more");
        errors.Require(MaxWords >= MinWords && MaxWords <= 1_000_000, $"{path}.max_words", MaxWords, $"from min_words ({MinWords}) to 1000000");
        errors.Require(Pairs is >= 2 and <= 16, $"{path}.pairs", Pairs, "from 2 to 16");
        errors.Require(Questions >= 1, $"{path}.questions", Questions, "1 or more");
        World.Validate($"{path}.world", errors);
        Shares.Validate($"{path}.shares", errors);
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<CorpusFile> List(PathPlaceholders placeholders, string key)
    {
        return [StateOf(new CorpusFile { Path = $"(documents of '{Name}')", Bytes = 0, Modified = DateTime.UnixEpoch })];
    }

    /// <inheritdoc/>
    internal override CorpusFile StateOf(CorpusFile file)
    {
        return file with { Bytes = Documents * BytesPerDocument };
    }

    /// <inheritdoc/>
    internal override ISourceFormat CreateFormat(long partBytes)
    {
        return new RetrievalFormat(this, Math.Max(1, partBytes / BytesPerDocument));
    }

    /// <summary>About how many bytes a document has; there is no file, so these stand for its size.</summary>
    internal long BytesPerDocument => LettersPerWord * (MinWords + MaxWords) / 2;
}
