using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>How the mixture is found; <c>type:</c> names the method.</summary>
[ConfigVariant(ClimbConfig.Name, typeof(ClimbConfig))]
[ConfigVariant(RegMixConfig.Name, typeof(RegMixConfig))]
[ConfigVariant(RandomConfig.Name, typeof(RandomConfig))]
[ConfigVariant(UniformConfig.Name, typeof(UniformConfig))]
[ConfigVariant(NaturalConfig.Name, typeof(NaturalConfig))]
[ConfigVariant(BestSingleConfig.Name, typeof(BestSingleConfig))]
[ConfigVariant(MixMinSearchConfig.Name, typeof(MixMinSearchConfig))]
[ConfigVariant(DoReMiConfig.Name, typeof(DoReMiConfig))]
public abstract record SearchConfig : IConfigSection
{
    /// <summary>What a component's amount allows. Default: four epochs of the target run, where its tokens are known.</summary>
    public CapsConfig Caps { get; init; } = new();

    /// <summary>How often a trial that failed is tried again, with the same settings. Default 2; 0 never.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>The share of a round's trials that must have a result, rounded down to whole trials but at least one; with fewer the search ends and says why. Default 0.95.</summary>
    public double MinComplete { get; init; } = 0.95;

    /// <summary>The method, over a space. The order in which components are listed changes nothing.</summary>
    /// <param name="space">What may be mixed, caps included: see <see cref="CapsConfig.Over"/>.</param>
    /// <param name="seed">Where the search's random numbers begin.</param>
    public IMixtureSearch Build(MixtureSpace space, long seed)
    {
        ArgumentNullException.ThrowIfNull(space);
        return new CanonicalSearch(space, sorted => BuildSorted(sorted, seed));
    }

    /// <summary>The same method at another number of trials, finalists included; methods whose number is fixed stay as they are.</summary>
    public abstract SearchConfig WithTrials(int trials);

    /// <summary>Sentences about settings that work against one another, for the user; <paramref name="path"/> is the section's key path.</summary>
    public virtual IEnumerable<string> Warnings(string path)
    {
        return [];
    }

    /// <summary>The method over a space whose components are sorted by name.</summary>
    internal abstract IMixtureSearch BuildSorted(MixtureSpace sorted, long seed);

    /// <inheritdoc/>
    public virtual void Validate(string path, ConfigurationErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        Caps.Validate($"{path}.caps", errors);
        errors.Require(Retries >= 0, $"{path}.retries", Retries, "0 or more");
        errors.Require(MinComplete is > 0 and <= 1, $"{path}.min_complete", MinComplete, "greater than 0, and at most 1");
    }
}
