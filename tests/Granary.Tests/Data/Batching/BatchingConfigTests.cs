using Granary.Core.Configuration;

namespace Granary.Data.Batching.Tests;

public sealed class BatchingConfigTests
{
    [Test]
    public void Defaults_are_sound()
    {
        var errors = new ConfigurationErrors();

        new BatchingConfig().Validate("batching", errors);

        Assert.That(errors.Errors, Is.Empty);
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var config = new BatchingConfig
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
    public void Natural_curriculum_refuses_to_go_by_tokens_twice()
    {
        var errors = new ConfigurationErrors();

        new BatchingConfig { Curriculum = "natural", OddsTimesTokens = true }.Validate("batching", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(1));
    }
}
