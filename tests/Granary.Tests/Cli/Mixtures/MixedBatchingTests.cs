using Granary.Core.Configuration;
using Granary.Data.Batching;
using Granary.Data.Batching.Tests;
using Granary.Data.Shards;

namespace Granary.Cli.Mixtures.Tests;

public sealed class MixedBatchingTests
{
    private static readonly ShardManifest Manifest = MixtureSamples.OfSources(["notes", "web"], (4, [100, 300]));

    [Test]
    public void A_mixture_of_few_components_still_gives_the_steps_that_the_run_asks_for()
    {
        var config = Run("training: {steps: 90}");

        var batching = MixedBatching.Of(config, Manifest, MixComponents.OfSources(Manifest), MixtureSamples.Weights(("notes", 1), ("web", 0)));

        Assert.That(new BucketSampler(Manifest, batching, seed: 1).TotalSteps, Is.GreaterThanOrEqualTo(90), "of 100 rows, a pass of which has 25 steps");
    }

    [Test]
    public void Without_a_number_of_steps_a_run_trains_on_as_many_tokens_as_without_the_mixture()
    {
        var config = Run(string.Empty);

        var batching = MixedBatching.Of(config, Manifest, MixComponents.OfSources(Manifest), MixtureSamples.Weights(("notes", 1), ("web", 0)));

        Assert.That(new BucketSampler(Manifest, batching, seed: 1).TotalSteps, Is.EqualTo(100));
        Assert.That(new BucketSampler(Manifest, config.Batching, seed: 1).TotalSteps, Is.EqualTo(100));
    }

    private static RunConfig Run(string more)
    {
        return ConfigurationFile.Parse<RunConfig>($$"""
            name: run
            corpus: {sources: [{name: notes, type: text, paths: [x]}, {name: web, type: text, paths: [x], held_out_one_in: 2}]}
            decomposition: {min_exponent: 4, max_exponent: 4}
            batching: {tokens_per_step: 64}
            mix: {search: {type: random, caps: {max_epochs: 6} }, objective: {metrics: [{name: heldout.web}]} }
            {{more}}
            """, "run.yaml");
    }
}
