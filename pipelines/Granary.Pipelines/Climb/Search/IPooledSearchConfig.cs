using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>A search that can take its mixtures from anywhere, such as the rows of a table.</summary>
internal interface IPooledSearchConfig
{
    /// <summary>The method over candidates of any kind.</summary>
    IMixtureSearch BuildOn(MixtureSpace space, ICandidates candidates, long seed);
}
