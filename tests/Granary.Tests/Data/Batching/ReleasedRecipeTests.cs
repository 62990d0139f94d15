using Granary.Core.Configuration;

namespace Granary.Data.Batching.Tests;

/// <summary>Golden numbers: the example of the released code's README, DCLM shards of 8 cycles on 8 devices.</summary>
public sealed class ReleasedRecipeTests
{
    private static readonly ReleasedRecipe Readme = new()
    {
        Tokens = 28_795_904_000,
        Epochs = 8,
        Gpus = 8,
        GlobalBatchSize = 64,
        NumberOfShards = [3560, 5996, 7410, 6309, 5157, 4513],
    };

    [Test]
    public void Parameters_of_the_published_example()
    {
        var parameters = Readme.Compute();

        Assert.Multiple(() =>
        {
            Assert.That(parameters.TokensPerCycle, Is.EqualTo(3_607_101_440));
            Assert.That(parameters.SequencesPerCycle, Is.EqualTo(new[] { 1_507_328, 1_277_952, 794_624, 335_872, 137_216, 61_440 }));
            Assert.That(parameters.Weights, Is.EqualTo(new[] { 1472, 1248, 776, 328, 134, 60 }));
            Assert.That(parameters.IsExact, Is.False, "no number of whole shards meets the tokens asked for");
        });
    }

    [TestCase(1, 8)]
    [TestCase(3, 4)]
    public void Tokens_that_whole_shards_can_meet_are_met(int extra, int epochs)
    {
        // 429 units of eight shards is what rounding gives; the longest bucket takes what is missing.
        var recipe = Readme with { Tokens = (429L + extra) * epochs * (8L << 20), Epochs = epochs };

        var parameters = recipe.Compute();

        Assert.Multiple(() =>
        {
            Assert.That(parameters.IsExact, Is.True);
            Assert.That(parameters.TokensPerCycle, Is.EqualTo(recipe.Tokens / epochs));
        });
    }

    [Test]
    public void Weights_are_the_odds_that_the_sampler_draws_by()
    {
        var parameters = Readme.Compute();
        var config = new DatasetDecompositionConfig { Curriculum = "list", Odds = Readme.Odds, OddsTimesTokens = true };

        var odds = Curricula.OddsOf(config, [.. parameters.SequencesPerCycle.Select((sequences, i) => sequences * Readme.SequenceLengths[i])]);

        Assert.That(odds.Select(value => value / odds[^1] * 60), Is.EqualTo(parameters.Weights).Within(1e-9));
    }

    [Test]
    public void Every_fault_is_reported()
    {
        var recipe = Readme with { Tokens = 0, Gpus = 0, SequencesPerShard = [1], Odds = [] };

        var thrown = Assert.Throws<ConfigurationException>(() => recipe.Compute());

        Assert.That(thrown.Errors, Has.Count.EqualTo(4));
    }

    [Test]
    public void Step_larger_than_a_shard_for_each_device_is_refused()
    {
        Assert.That(() => (Readme with { GlobalBatchSize = 1_024 }).Compute(), Throws.TypeOf<ConfigurationException>().With.Message.Contains("global-batch-size"));
    }
}
