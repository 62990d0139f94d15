using System.Globalization;
using Granary.Cli.Mixtures.Trials;
using Granary.Core.Configuration;
using Granary.Data.Batching;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures;

/// <summary>What a search chose, as the file that runs take.</summary>
internal static class FoundMixture
{
    internal static MixtureFile Of(ProxyInputs inputs, MixtureSpace space, MixtureChoice choice)
    {
        var (mix, manifest, components) = (inputs.Mix, inputs.Manifest, inputs.Components);
        var (weights, target) = (space.ByName(choice.Weights), ProxyInputs.TargetTokensOf(inputs.Config, manifest));

        // As the run will have it, at the length that is planned for.
        var batching = MixedBatching.Of(inputs.Config, manifest, components, weights);
        var sampler = new BucketSampler(manifest, batching with { MaxTokensPerPass = (target + batching.Passes - 1) / batching.Passes }, inputs.Config.Seed);
        var used = sampler.Uses.Sum(use => (double)use.TokensUsed);
        var bare = components.Weigh(inputs.Config.Batching, weights);
        return new MixtureFile
        {
            Components = mix.Components,
            Weights = weights,
            Natural = space.ByName(space.Prior),
            Epochs = space.Components.ToDictionary(component => component.Name, component => weights[component.Name] * target / component.Tokens),
            Lengths = sampler.Uses
                .GroupBy(use => use.Exponent)
                .OrderBy(uses => uses.Key)
                .ToDictionary(uses => (1L << uses.Key).ToString(CultureInfo.InvariantCulture), uses => uses.Sum(use => use.TokensUsed) / used),
            Numbers = components.Numbers,
            Embedding = mix.MixesClusters ? mix.Embedding : null,
            Clusters = mix.MixesClusters ? Path.GetRelativePath(inputs.Folder.StagePath(MixStage.Name), inputs.Folder.StagePath(ClusterReading.Name)) : string.Empty,
            Method = ConfigVariants.NameOf(mix.Search!),
            Rule = choice.Rule,
            Measured = Number(choice.Measured),
            Predicted = Number(choice.Predicted),
            SearchShare = mix.Objective.SearchShare,
            Warnings = sampler.Warnings,
            Batching = new MixtureBatching { SourceWeights = bare.SourceWeights, ClusterWeights = bare.ClusterWeights },
        };
    }

    private static double? Number(double value) => double.IsFinite(value) ? value : null;
}
