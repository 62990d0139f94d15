using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Simulation;

/// <summary>A made-up world in which the best mixture is known.</summary>
internal interface IMixtureWorld
{
    /// <summary>What is mixed.</summary>
    MixtureSpace Space { get; }

    /// <summary>The best mixture.</summary>
    IReadOnlyList<double> Optimum { get; }

    /// <summary>Makes a trial.</summary>
    TrialResult Run(Trial trial);

    /// <summary>What a mixture truly scores, on what no search has seen; lower is better.</summary>
    double Test(IReadOnlyList<double> weights);
}
