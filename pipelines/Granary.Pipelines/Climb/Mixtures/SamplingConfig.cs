using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>
/// How mixtures are drawn, as RegMix draws them (arXiv 2407.01492): Dirichlet(s x prior^temperature), s spread evenly in log
/// over a range, draws beyond the bounds rejected, small weights set to zero. What is not set follows the search's preset.
/// </summary>
public sealed record SamplingConfig : IConfigSection
{
    // What is null here follows Fallback; the public keys never are, so a resolved file shows them all.
    private readonly double? _temperature;
    private readonly IReadOnlyList<double>? _strength;
    private readonly double? _maxUsage;
    private readonly double? _minWeight;
    private readonly int? _oversample;

    /// <summary>The exponent of the prior: 1 the tokens' shares, 0 uniform. RegMix's is 0.5.</summary>
    public double Temperature
    {
        get => _temperature ?? Fallback.Temperature;
        init => _temperature = value;
    }

    /// <summary>The least and the greatest concentration: low draws have few components, high ones lie near the prior. RegMix's are 0.1 and 5.</summary>
    public IReadOnlyList<double> Strength
    {
        get => _strength ?? Fallback.Strength;
        init => _strength = value;
    }

    /// <summary>The largest weight as a multiple of the component's share of the tokens; 0 for no bound. RegMix's is 15.</summary>
    public double MaxUsage
    {
        get => _maxUsage ?? Fallback.MaxUsage;
        init => _maxUsage = value;
    }

    /// <summary>Weights are multiples of it, and 0 below it. RegMix's is 2e-4, 100 sequences of its proxy.</summary>
    public double MinWeight
    {
        get => _minWeight ?? Fallback.MinWeight;
        init => _minWeight = value;
    }

    /// <summary>Draws for each that is wanted; the rest is left over for rejection. RegMix's is 100.</summary>
    public int Oversample
    {
        get => _oversample ?? Fallback.Oversample;
        init => _oversample = value;
    }

    /// <summary>What holds for keys that are not set.</summary>
    internal SamplingDefaults Fallback { get; init; } = SamplingDefaults.RegMix;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        errors.Require(Temperature is >= 0 and <= 2, $"{path}.temperature", Temperature, "from 0 to 2");
        errors.Require(Strength is [> 0, > 0] && Strength[0] <= Strength[1], $"{path}.strength", string.Join(", ", Strength), "two numbers greater than 0, the lesser first");
        errors.Require(MaxUsage == 0 || MaxUsage > 1, $"{path}.max_usage", MaxUsage, "greater than 1, or 0 for no bound");
        errors.Require(MinWeight is >= 1e-6 and <= 0.1, $"{path}.min_weight", MinWeight, "from 1e-6 to 0.1");
        errors.Require(Oversample is >= 1 and <= 10_000, $"{path}.oversample", Oversample, "from 1 to 10,000");
    }
}
