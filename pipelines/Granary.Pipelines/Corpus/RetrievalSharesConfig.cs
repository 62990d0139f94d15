using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus;

/// <summary>How many documents of each kind come, in any unit; 0 leaves a kind out.</summary>
public sealed record RetrievalSharesConfig : IConfigSection
{
    /// <summary>One key in filler text, and the question for it. Default 2.</summary>
    public double KeyValue { get; init; } = 2;

    /// <summary>Several keys in filler text, and questions for them. Default 5.</summary>
    public double MultiKey { get; init; } = 5;

    /// <summary>Facts in filler text, and questions for them; backward of every second person only. Default 2.</summary>
    public double ContextReversal { get; init; } = 2;

    /// <summary>Facts to be learned by heart; backward of every second one only. Default 1.</summary>
    public double Reversal { get; init; } = 1;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        Require(errors, $"{path}.key_value", KeyValue);
        Require(errors, $"{path}.multi_key", MultiKey);
        Require(errors, $"{path}.context_reversal", ContextReversal);
        Require(errors, $"{path}.reversal", Reversal);
        errors.Require(KeyValue + MultiKey + ContextReversal + Reversal > 0, path, "nothing but 0", "above 0 in at least one kind");
    }

    private static void Require(ConfigurationErrors errors, string path, double share)
    {
        errors.Require(share >= 0 && double.IsFinite(share), path, share, "0 or more");
    }
}
