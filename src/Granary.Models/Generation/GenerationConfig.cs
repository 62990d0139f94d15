using Granary.Core.Configuration;

namespace Granary.Models.Generation;

/// <summary>How a text is continued, in the words of Hugging Face's generation_config.json.</summary>
public sealed record GenerationConfig : IConfigSection
{
    /// <summary>Tokens after which the text ends. Default 128.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>Whether tokens are drawn; else the likeliest is taken, and the next three settings are not used. Default true.</summary>
    public bool DoSample { get; init; } = true;

    /// <summary>What logits are divided by: below 1 sharper, above 1 flatter. Default 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>How many of the likeliest tokens are drawn from. Default 0: all.</summary>
    public int TopK { get; init; }

    /// <summary>The probability that the likeliest tokens drawn from must reach together. Default 1: all tokens.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>
    /// What the logit of a token that is in the text already is divided by when positive and multiplied by when
    /// negative (Keskar et al., arXiv 1909.05858). Default 1: nothing; above 1 repeats less.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Token ids that end the text; the one met is its last token. Default none.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(MaxNewTokens > 0, $"{path}.max_new_tokens", MaxNewTokens, "1 or more");
        errors.Require(Temperature > 0 && double.IsFinite(Temperature), $"{path}.temperature", Temperature, "greater than 0 (for the likeliest token set do_sample to false)");
        errors.Require(TopK >= 0, $"{path}.top_k", TopK, "0 (all) or more");
        errors.Require(TopP is > 0 and <= 1, $"{path}.top_p", TopP, "greater than 0 and at most 1 (all)");
        errors.Require(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty), $"{path}.repetition_penalty", RepetitionPenalty, "greater than 0");
        for (var index = 0; index < StopTokenIds.Count; index++)
        {
            errors.Require(StopTokenIds[index] >= 0, $"{path}.stop_token_ids.{index}", StopTokenIds[index], "0 or more");
        }
    }
}
