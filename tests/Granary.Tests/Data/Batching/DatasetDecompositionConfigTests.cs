using Granary.Core.Configuration;

namespace Granary.Data.Batching.Tests;

public sealed class DatasetDecompositionConfigTests
{
    [Test]
    public void Defaults_are_sound()
    {
        var errors = new ConfigurationErrors();

        new DatasetDecompositionConfig().Validate("batching", errors);

        Assert.That(errors.Errors, Is.Empty);
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var config = new DatasetDecompositionConfig
        {
            TokensPerStep = 0,
            Mixture = "most",
            MixtureFractions = [-1],
            MaxTokensPerPass = -1,
            Curriculum = "grow-p3",
            Odds = [0],
            Cycles = 0,
            Passes = 0,
        };
        var errors = new ConfigurationErrors();

        config.Validate("batching", errors);

        foreach (var key in new[] { "tokens_per_step", "mixture", "mixture_fractions", "max_tokens_per_pass", "curriculum", "odds", "cycles", "passes" })
        {
            Assert.That(errors.Errors, Has.Some.StartsWith($"'batching.{key}' is"));
        }
    }

    [Test]
    public void Section_reads_from_yaml()
    {
        var config = ConfigurationFile.Parse<DatasetDecompositionConfig>("tokens_per_step: 4096\nmixture: list\nmixture_fractions: [0.5, 0, 2]\ncurriculum: grow-linear\nlongest_first: true\n", "test");

        Assert.Multiple(() =>
        {
            Assert.That(config.MixtureFractions, Is.EqualTo(new[] { 0.5, 0, 2 }));
            Assert.That(config with { MixtureFractions = [] }, Is.EqualTo(new DatasetDecompositionConfig { TokensPerStep = 4_096, Mixture = "list", MixtureFractions = [], Curriculum = "grow-linear", Odds = config.Odds, LongestFirst = true }));
        });
    }

    [Test]
    public void Natural_curriculum_refuses_to_go_by_tokens_twice()
    {
        var errors = new ConfigurationErrors();

        new DatasetDecompositionConfig { Curriculum = "natural", OddsTimesTokens = true }.Validate("batching", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(1));
    }
}
