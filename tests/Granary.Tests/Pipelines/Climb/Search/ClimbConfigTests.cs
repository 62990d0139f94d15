using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search.Tests;

public sealed class ClimbConfigTests
{
    [Test]
    public void The_papers_and_the_curators_presets_differ_where_the_paper_and_the_code_do()
    {
        var (paper, curator) = (new ClimbConfig { Preset = SearchPreset.Paper }, new ClimbConfig { Preset = SearchPreset.Curator });

        Assert.That(paper.Rounds, Is.EqualTo(new[] { 64, 32, 16 }).And.EqualTo(curator.Rounds));
        Assert.That((paper.Sampling.Temperature, curator.Sampling.Temperature), Is.EqualTo((1.0, 0.5)));
        Assert.That(paper.Sampling.Strength, Is.EqualTo(new[] { 1, 1 }));
        Assert.That(curator.Sampling.Strength, Is.EqualTo(new[] { 0.1, 5 }));
        Assert.That((paper.Sampling.MaxUsage, curator.Sampling.MaxUsage, curator.Pool.Sampling.MaxUsage), Is.EqualTo((0.0, 15.0, 0.0)));
        Assert.That((paper.Pool.Fresh, curator.Pool.Fresh), Is.EqualTo((true, false)));
        Assert.That((paper.Pool.ExcludeMeasured, curator.Pool.ExcludeMeasured), Is.EqualTo((true, false)));
        Assert.That((curator.TopN.CountFor(32, 100_000), curator.TopN.CountFor(16, 100_000), curator.TopN.CountFor(8, 100_000)), Is.EqualTo((1_024, 256, 128)));
        Assert.That((paper.Final, curator.Final), Is.EqualTo((FinalRule.Argmin, FinalRule.Argmin)));
        Assert.That((Patience(paper), Patience(curator)), Is.EqualTo((false, true)));

        static bool? Patience(ClimbConfig config)
        {
            return ((BoostingConfig)config.Predictors[0]).Resolve().PatienceWithinHeldOut;
        }
    }

    [Test]
    public void Robust_compares_predictors_and_verifies_within_the_papers_number_of_trials()
    {
        var config = new ClimbConfig();

        Assert.That(config.Build(Spaces.Even(4), seed: 1).Trials, Is.EqualTo(112));
        Assert.That(config.Predictors, Has.Count.GreaterThan(1));
        Assert.That(config.Final, Is.EqualTo(FinalRule.Verified));
    }

    [TestCase("type: climb\npreset: paper\nsampling: {max_usage: 3}\npool: {size: 500}\n", Description = "the preset first")]
    [TestCase("type: climb\nsampling: {max_usage: 3}\npool: {size: 500}\npreset: paper\n", Description = "the preset last")]
    public void Single_keys_override_a_preset_in_any_order(string yaml)
    {
        var config = (ClimbConfig)ConfigurationFile.Parse<SearchConfig>(yaml, "test");

        Assert.That((config.Sampling.MaxUsage, config.Sampling.Temperature, config.Pool.Size, config.Pool.Local, config.Final), Is.EqualTo((3.0, 1.0, 500, 0.0, FinalRule.Argmin)));
    }

    [Test]
    public void The_resolved_file_shows_every_key_and_reads_back([Values] SearchPreset preset)
    {
        SearchConfig config = new ClimbConfig { Preset = preset };

        var written = ConfigurationFile.Write(config);

        Assert.That(written, Does.Contain("rounds: [").And.Contain("max_usage: ").And.Contain("final: ").And.Not.Contain("rounds: null"));
        Assert.That(ConfigurationFile.Write(ConfigurationFile.Parse<SearchConfig>(written, "written")), Is.EqualTo(written));
    }

    [Test]
    public void The_pools_grid_follows_the_first_rounds()
    {
        var config = new ClimbConfig { Sampling = new() { MinWeight = 0.02 } };

        Assert.That(config.Pool.Sampling.MinWeight, Is.EqualTo(0.02));
    }

    [TestCase(112, new[] { 60, 28, 16 })]
    [TestCase(56, new[] { 28, 13, 7 })]
    [TestCase(11, new[] { 1, 1, 1 })]
    public void Another_number_of_trials_keeps_the_finalists_and_shares_the_rest(int trials, int[] rounds)
    {
        var config = (ClimbConfig)new ClimbConfig().WithTrials(trials);

        Assert.That(config.Rounds, Is.EqualTo(rounds));
    }

    [Test]
    public void Too_few_trials_are_refused()
    {
        Assert.That(() => new ClimbConfig().WithTrials(10), Throws.TypeOf<MixtureSearchException>().With.Message.Contains("'10' trials are too few"));
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var errors = new ConfigurationErrors();

        new ClimbConfig
        {
            Rounds = [],
            Sampling = new() { Strength = [5, 1], MinWeight = 0, Temperature = -1, MaxUsage = 0.5, Oversample = 0 },
            Pool = new() { Size = 1, Local = 2, LocalBest = 0, LocalStrength = [1] },
            TopN = new() { Multiple = 0, AtLeast = -1 },
            Predictors = [],
            MeanTop = 0,
            Anchors = -1,
            Verify = new() { Finalists = 9, Seeds = 0 },
            Retries = -1,
            MinComplete = 0,
            Caps = new() { MaxEpochs = 0.5, TargetTokens = -1 },
        }.Validate("search", errors);

        // The pool's grid is the first round's.
        Assert.That(errors.Errors, Has.Count.EqualTo(22));
    }
}
