using Granary.Core.Configuration;
using Granary.Models.Generation;

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

    /// <summary>The same as settings of a generator, which stops at the end of a text.</summary>
    public GenerationConfig ToGeneration(int? endOfTextId)
    {
        return new GenerationConfig
        {
            MaxNewTokens = Tokens,
            DoSample = Temperature > 0,
            Temperature = Temperature > 0 ? Temperature : 1,
            TopK = TopK,
            StopTokenIds = endOfTextId is { } id ? [id] : [],
        };
    }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Tokens > 0, $"{path}.tokens", Tokens, "greater than 0");
        errors.Require(Temperature >= 0 && double.IsFinite(Temperature), $"{path}.temperature", Temperature, "0 or more");
        errors.Require(TopK >= 0, $"{path}.top_k", TopK, "0 (all) or more");
    }
}
