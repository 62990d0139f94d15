using Granary.Core.Configuration;

namespace Granary.Models.Tests;

public sealed class ModelPresetsTests
{
    [TestCase("gpt2-124m", 124_439_808, Description = "the published count of GPT-2 small")]
    [TestCase("llama-30m", 29_596_032, Description = "12,288,000 of the embedding, 8 blocks of 2,163,456 and a norm")]
    [TestCase("demo", 1_246_592, Description = "262,144 of the embedding, 5 blocks of 196,864 and a norm")]
    [TestCase("llama-5m", 4_951_296, Description = "524,288 of the embedding, 6 blocks of 737,792 and a norm")]
    [TestCase("llama-350m", 411_354_112, Description = "103,022,592 of embedding and head, 24 blocks of 12,847,104 and a norm")]
    [TestCase("llama-1b", 1_028_196_352, Description = "206,045,184 of embedding and head, 16 blocks of 51,384,320 and a norm")]
    [TestCase("dd-256x6", 9_014_528, Description = "4,194,304 of embedding and head, 6 blocks of 803,328 and a norm")]
    [TestCase("dd-128x4", 1_901_696, Description = "1,048,576 of embedding and head, 4 blocks of 213,248 and a norm")]
    public void A_preset_has_its_parameter_count(string name, long expected)
    {
        Assert.That(ModelPresets.Named(name).ToSpec(0).ParameterCount(), Is.EqualTo(expected));
    }

    [TestCaseSource(typeof(ModelPresets), nameof(ModelPresets.Names))]
    public void Every_preset_is_valid(string name)
    {
        var errors = new ConfigurationErrors();

        ModelPresets.Named(name).Validate("model", errors);

        Assert.That(errors.Errors, Is.Empty);
    }

    [Test]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        var thrown = Assert.Throws<ArgumentException>(() => ModelPresets.Named("gpt3"));

        Assert.That(thrown.Message, Is.EqualTo("No model preset is named 'gpt3'. Known: 'gpt2-124m', 'llama-30m', 'demo', 'llama-5m', 'llama-350m', 'llama-1b', 'dd-256x6', 'dd-128x4'."));
    }

    [Test]
    public void A_training_step_of_gpt2_costs_the_published_operations_per_token()
    {
        var flops = ModelPresets.Named("gpt2-124m").ToSpec(0).TrainingFlopsPerToken(1_024);

        // 6 * (84.9 M in the blocks + 38.6 M in the head) + 6 * 12 * 768 * 1024 for causal scores.
        Assert.That(flops, Is.EqualTo((6.0 * (84_934_656 + 38_597_376)) + (6.0 * 12 * 768 * 1_024)));
    }
}
