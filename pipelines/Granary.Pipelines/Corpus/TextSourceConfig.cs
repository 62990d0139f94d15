using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus;

/// <summary>Plain text: prose, code, headers; names that end in .gz, .zst or .bz2 are unpacked.</summary>
public sealed record TextSourceConfig : FileSourceConfig
{
    /// <summary>Where one document ends and the next begins. Default file.</summary>
    public TextSplit Split { get; init; } = TextSplit.File;

    /// <summary>The text between documents; used only when split is separator. Default &lt;|endoftext|&gt;.</summary>
    public string Separator { get; init; } = "<|endoftext|>";

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(Separator.Length > 0, $"{path}.separator", Separator, "at least one character");
    }

    /// <inheritdoc/>
    internal override ISourceFormat CreateFormat(long partBytes)
    {
        return new StreamFormat(partBytes, () => new TextDocumentReader(this));
    }
}
