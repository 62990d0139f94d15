using Granary.Core.Configuration;

namespace Granary.Training.GroupDro;

/// <summary>How the weights of domains follow their excess losses (DoReMi, arXiv 2305.10429, algorithm 1).</summary>
public sealed record GroupDroConfig : IConfigSection
{
    /// <summary>What a domain's excess loss is multiplied by before it is added to the logarithm of its weight. Default 1; 0 keeps the weights.</summary>
    public double Eta { get; init; } = 1;

    /// <summary>The share of every step's weights that all domains have alike. Default 0.001.</summary>
    public double Smoothing { get; init; } = 1e-3;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Eta >= 0 && double.IsFinite(Eta), $"{path}.eta", Eta, "a number of 0 or more");
        errors.Require(Smoothing is >= 0 and < 1, $"{path}.smoothing", Smoothing, "0 or more and less than 1");
    }
}
