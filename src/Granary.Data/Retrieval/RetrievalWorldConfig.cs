using Granary.Core.Configuration;

namespace Granary.Data.Retrieval;

/// <summary>A made-up world: keys that stand for values, and facts about people. Equal settings are an equal world.</summary>
public sealed record RetrievalWorldConfig : IConfigSection
{
    internal const int MostKeys = 20_000;
    internal const int MostFacts = 512;

    /// <summary>Where the world's random choices begin; runs with other seeds of their own may share it. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Keys there are, made-up words. Default 512.</summary>
    public int Keys { get; init; } = 512;

    /// <summary>What keys stand for. Default words.</summary>
    public RetrievalValues Values { get; init; } = RetrievalValues.Words;

    /// <summary>Facts to be learned by heart, half of them told forward only. Default 128; even.</summary>
    public int Facts { get; init; } = 128;

    /// <summary>The share of each key's values that it never has in training, only when a model is measured. Default 0.2.</summary>
    public double HeldOutShare { get; init; } = 0.2;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Keys is >= 32 and <= MostKeys, $"{path}.keys", Keys, $"from 32 to {MostKeys}");
        errors.Require(Facts is >= 4 and <= MostFacts && Facts % 2 == 0, $"{path}.facts", Facts, $"even, from 4 to {MostFacts}");
        errors.Require(HeldOutShare is >= 0.05 and <= 0.95, $"{path}.held_out_share", HeldOutShare, "from 0.05 to 0.95");
    }
}
