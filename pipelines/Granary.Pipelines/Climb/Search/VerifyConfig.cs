using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Search;

/// <summary>The runs that <c>final: verified</c> makes behind the last round: they come on top of the rounds.</summary>
public sealed record VerifyConfig : IConfigSection
{
    /// <summary>
    /// Mixtures that are trained again, from 1 to 4: the best measured, the mean of the best predicted, the best predicted, and
    /// the measured one that the predictor thinks best. Default 4.
    /// </summary>
    public int Finalists { get; init; } = 4;

    /// <summary>Runs of each, with seeds that no other trial has. Default 2.</summary>
    public int Seeds { get; init; } = 2;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        errors.Require(Finalists is >= 1 and <= 4, $"{path}.finalists", Finalists, "from 1 to 4");
        errors.Require(Seeds is >= 1 and <= 100, $"{path}.seeds", Seeds, "from 1 to 100");
    }
}
