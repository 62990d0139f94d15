using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>How the mixture is found; <c>type:</c> names the method.</summary>
public abstract record SearchConfig : IConfigSection
{
    /// <summary>The method, over a space.</summary>
    /// <param name="space">What may be mixed.</param>
    /// <param name="seed">Where the search's random numbers begin.</param>
    public abstract IMixtureSearch Build(MixtureSpace space, long seed);

    /// <inheritdoc/>
    public abstract void Validate(string path, ConfigurationErrors errors);
}
