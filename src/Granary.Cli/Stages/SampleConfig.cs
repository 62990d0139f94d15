using Granary.Core.Configuration;
using Granary.Models.Generation;
using Granary.Models.Generation.Drafting;

namespace Granary.Cli.Stages;

/// <summary>What a trained model is asked to write.</summary>
public sealed record SampleConfig : IConfigSection
{
    /// <summary>Beginnings of texts. Default: none, and nothing is written.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>Tokens to write behind each prompt. Default 100.</summary>
    public int Tokens { get; init; } = 100;

    /// <summary>Logits are divided by this; 0 always takes the likeliest token. Default 0.7.</summary>
    public double Temperature { get; init; } = 0.7;

    /// <summary>Only so many of the likeliest tokens are drawn from. Default 50; 0: all.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Only the likeliest tokens that make up this probability are drawn from. Default 1: all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Above 1: tokens that are in the text already become less likely. Default 1: nothing.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Texts that end a text; it is cut before the first one. Default: none, and it ends at the end-of-text token or after so many tokens.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Where guesses of coming tokens are from; they change how fast a text is written, not which. Default auto: all sources there are.</summary>
    public DraftMethod Draft { get; init; } = DraftMethod.Auto;

    /// <summary>The same as settings of a generator.</summary>
    public GenerationConfig ToGeneration()
    {
        return new GenerationConfig
        {
            MaxNewTokens = Tokens,
            DoSample = Temperature > 0,
            Temperature = Temperature > 0 ? Temperature : 1,
            TopK = TopK,
            TopP = TopP,
            RepetitionPenalty = RepetitionPenalty,
        };
    }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Tokens > 0, $"{path}.tokens", Tokens, "greater than 0");
        errors.Require(Temperature >= 0 && double.IsFinite(Temperature), $"{path}.temperature", Temperature, "0 or more");
        errors.Require(TopK >= 0, $"{path}.top_k", TopK, "0 (all) or more");
        errors.Require(TopP is > 0 and <= 1, $"{path}.top_p", TopP, "greater than 0 and at most 1 (all)");
        errors.Require(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty), $"{path}.repetition_penalty", RepetitionPenalty, "greater than 0");
        for (var index = 0; index < Stop.Count; index++)
        {
            errors.Require(Stop[index].Length > 0, $"{path}.stop.{index}", Stop[index], "one character or more");
        }
    }
}
