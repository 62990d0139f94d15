using Granary.Core.Configuration;
using Granary.Models.Generation.Drafting;

namespace Granary.Cli.Stages.Tests;

public sealed class SampleConfigTests
{
    [Test]
    public void Every_key_reaches_the_generator()
    {
        var config = ConfigurationFile.Parse<SampleConfig>(
            "prompts: [a]\ntokens: 7\ntemperature: 0.5\ntop_k: 3\ntop_p: 0.9\nrepetition_penalty: 1.2\nstop: [\"\\n\\n\"]\ndraft: lookahead\n", "sample.yaml");

        var generation = config.ToGeneration();

        Assert.That((generation.MaxNewTokens, generation.DoSample, generation.Temperature, generation.TopK), Is.EqualTo((7, true, 0.5, 3)));
        Assert.That((generation.TopP, generation.RepetitionPenalty), Is.EqualTo((0.9, 1.2)));
        Assert.That((config.Stop, config.Draft), Is.EqualTo((new[] { "\n\n" }, DraftMethod.Lookahead)));
    }

    [Test]
    public void A_temperature_of_zero_takes_the_likeliest()
    {
        Assert.That((new SampleConfig { Temperature = 0 }).ToGeneration().DoSample, Is.False);
    }

    [TestCase("top_p: 0", "'top_p' is '0' (line 1) but must be greater than 0 and at most 1 (all)")]
    [TestCase("repetition_penalty: 0", "'repetition_penalty' is '0' (line 1) but must be greater than 0")]
    [TestCase("stop: [\"\"]", "'stop.0' is ''")]
    [TestCase("draft: trees", "'draft' is 'trees'")]
    public void A_value_that_cannot_be_used_is_named(string yaml, string fault)
    {
        var thrown = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse<SampleConfig>(yaml + "\n", "sample.yaml"));

        Assert.That(thrown.Errors, Has.One.Contains(fault));
    }
}
