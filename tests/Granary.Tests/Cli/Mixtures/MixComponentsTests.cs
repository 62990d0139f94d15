using Granary.Cli.Stages;
using Granary.Data.Batching;
using Granary.Data.Batching.Tests;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Clustering;

namespace Granary.Cli.Mixtures.Tests;

public sealed class MixComponentsTests
{
    private static readonly ShardManifest Manifest = MixtureSamples.Manifest(
        ["notes", "held", "web"], (4, [(0, 1, 10), (0, 2, 20), (2, 1, 30)]), (5, [(2, ShardGroup.NoCluster, 5), (2, 2, 5)]));

    [Test]
    public void Sources_with_rows_are_components()
    {
        var components = MixComponents.OfSources(Manifest);

        Assert.That(components.All.Select(component => (component.Name, component.Tokens, component.Prior)), Is.EqualTo(new[] { ("notes", 480L, 0.375), ("web", 800, 0.625) }));
        Assert.That(components.Weigh(new DatasetDecompositionConfig(), MixtureSamples.Weights(("notes", 1), ("web", 3))).SourceWeights, Is.EqualTo(MixtureSamples.Weights(("notes", 1), ("web", 3))));
    }

    [Test]
    public void Clusters_with_rows_are_components_by_name_and_the_rest_is_left_out()
    {
        var components = MixComponents.OfClusters(Manifest, [Card(0, "gone"), Card(2, "code"), Card(1, "prose")]);

        var batching = components.Weigh(new DatasetDecompositionConfig(), MixtureSamples.Weights(("code", 0.25), ("prose", 0.75)));

        Assert.That(components.All.Select(component => (component.Name, component.Tokens)), Is.EqualTo(new[] { ("prose", 640L), ("code", 480) }));
        Assert.That(batching.ClusterWeights, Is.EquivalentTo(MixtureSamples.Weights(("1", 0.75), ("2", 0.25), ("none", 0))));
        Assert.That(components.Numbers["code"], Is.EqualTo(2));
        Assert.That(() => new BucketSampler(Manifest, batching with { TokensPerStep = 64 }, seed: 1), Throws.Nothing, "every group has a weight");
    }

    [Test]
    public void A_mixture_of_other_components_is_refused_with_their_names()
    {
        var components = MixComponents.OfClusters(Manifest, [Card(2, "code"), Card(1, "prose")]);

        Assert.That(
            () => components.Weigh(new DatasetDecompositionConfig(), MixtureSamples.Weights(("Code", 0.25), ("prose", 0.75), ("gone", 0))),
            Throws.TypeOf<StageException>().With.Message.Contains("a weight for 'Code'").And.Message.Contains("no weight for 'code'").And.Message.Not.Contains("gone"));
    }

    [Test]
    public void Rows_know_their_component()
    {
        var batching = new DatasetDecompositionConfig { TokensPerStep = 64, ClusterWeights = MixtureSamples.Weights(("1", 1), ("2", 1), ("none", 0)) };
        var uses = new BucketSampler(Manifest, batching, seed: 1).Uses;

        Assert.That(uses.Select(MixComponents.OfClusters(Manifest, [Card(1, "prose"), Card(2, "code")]).NameOf), Is.EqualTo(new[] { "prose", "code", "prose", null, "code" }));
        Assert.That(uses.Select(MixComponents.OfSources(Manifest).NameOf), Is.EqualTo(new[] { "notes", "notes", "web", "web", "web" }));
    }

    private static ClusterCard Card(int number, string name)
    {
        return new ClusterCard { Number = number, Name = name, Documents = 1, Bytes = 1 };
    }
}
