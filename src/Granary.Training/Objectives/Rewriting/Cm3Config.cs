using System.Globalization;
using Granary.Core.Configuration;
using Granary.Data.Tokenization;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>
/// Causally masked language modelling: spans of a document are replaced by sentinels and written behind its end
/// (Aghajanyan et al., arXiv 2201.07520).
/// </summary>
public sealed record Cm3Config : RewritingConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "cm3";

    /// <summary>The mean of the Poisson distribution from which a document's number of spans is drawn. Default 1: 37 % of documents have none. 0 masks none.</summary>
    public double MeanSpans { get; init; } = 1;

    /// <summary>Spans of a document at most, and sentinels there are. Default 4.</summary>
    public int MaxSpans { get; init; } = 4;

    /// <inheritdoc/>
    public override string TypeName => Name;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> OwnTokens => [.. Enumerable.Range(0, MaxSpans).Select(SentinelOf), EndToken];

    private static string EndToken => "<|span_end|>";

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(MeanSpans >= 0 && MeanSpans <= 100, $"{path}.mean_spans", MeanSpans, "from 0 (none) to 100");
        errors.Require(MaxSpans is >= 1 and <= 256, $"{path}.max_spans", MaxSpans, "from 1 to 256");
    }

    /// <inheritdoc/>
    internal override IRowRewriter BuildRewriter(Tokenizer tokenizer)
    {
        var sentinels = Enumerable.Range(0, MaxSpans).Select(span => IdOf(tokenizer, SentinelOf(span))).ToArray();
        return new SpanRewriter(MeanSpans, sentinels, IdOf(tokenizer, EndToken), tokenizer.EndOfTextId);
    }

    private static string SentinelOf(int span)
    {
        return string.Create(CultureInfo.InvariantCulture, $"<|span_{span}|>");
    }
}
