using Granary.Core.Configuration;
using Granary.Testing;

namespace Granary.Data.Batching.Tests;

public sealed class BatchingConfigTests
{
    [Test]
    public void Weights_and_phases_read_from_yaml()
    {
        var config = ConfigurationFile.Parse<DatasetDecompositionConfig>(
            """
            source_weights: {notes: 2, web: 1}
            cluster_weights: {"0": 1, none: 0.5}
            max_epochs: 6
            max_epochs_by_source: {notes: 8}
            on_exhausted: spill
            phases:
              - {until: 0.8}
              - {source_weights: {notes: 1, web: 0}, curriculum: uniform, mixture: list, mixture_fractions: [1, 2], cycles: 2}
            """,
            "test");

        Assert.Multiple(() =>
        {
            Assert.That(config.SourceWeights, Is.EqualTo(MixtureSamples.Weights(("notes", 2), ("web", 1))));
            Assert.That(config.ClusterWeights, Is.EqualTo(MixtureSamples.Weights(("0", 1), ("none", 0.5))));
            Assert.That((config.MaxEpochsOf("notes"), config.MaxEpochsOf("web"), config.OnExhausted), Is.EqualTo((8, 6, "spill")));
            Assert.That(config.Phases[0].Until, Is.EqualTo(0.8));
            Assert.That(config.Phases[1].Over(config), Has.Property("Curriculum").EqualTo("uniform").And.Property("MixtureFractions").EqualTo(new[] { 1.0, 2 }));
            Assert.That(config.Phases[0].Over(config).Curriculum, Is.EqualTo("grow-p2"));
        });
    }

    [Test]
    public void Example_of_the_folder_s_page_is_in_order()
    {
        var page = File.ReadAllText(Repository.PathOf("src", "Granary.Data", "Batching", "README.md"));
        var yaml = page.Split("```yaml\n")[1].Split("```")[0];

        var config = ConfigurationFile.Parse<Holder>(yaml, "README.md").Batching;

        Assert.That(config.Phases, Has.Count.EqualTo(2));
    }

    [TestCase(0, 1, 4)]
    [TestCase(0, 7, 7, Description = "passes ask for seven uses of each row")]
    [TestCase(2, 7, 2)]
    public void Limit_on_repeats(int maxEpochs, int passes, int expected)
    {
        Assert.That(new DatasetDecompositionConfig { MaxEpochs = maxEpochs, Passes = passes }.MaxEpochsOf("any"), Is.EqualTo(expected));
    }

    [TestCase("source_weights: {notes: -1, web: 1}", "batching.source_weights.notes")]
    [TestCase("source_weights: {notes: 0, web: 0}", "batching.source_weights")]
    [TestCase("cluster_weights: {\"1\": .nan}", "batching.cluster_weights.1")]
    [TestCase("max_epochs: -1", "batching.max_epochs")]
    [TestCase("max_epochs_by_source: {notes: 0}", "batching.max_epochs_by_source.notes")]
    [TestCase("on_exhausted: repeat", "batching.on_exhausted")]
    [TestCase("phases: [{until: 0.5}]", "batching.phases.0.until", Description = "the last holds to the end")]
    [TestCase("phases: [{}, {}]", "batching.phases.0.until", Description = "a phase without an end")]
    [TestCase("phases: [{until: 0.5, steps: 3}, {}]", "batching.phases.0.until", Description = "a phase with two ends")]
    [TestCase("phases: [{until: 0.5}, {until: 0.4}, {}]", "batching.phases.1.until", Description = "an end before the last one")]
    [TestCase("phases: [{until: 1.5}, {}]", "batching.phases.0.until")]
    [TestCase("phases: [{steps: -3}, {}]", "batching.phases.0.steps")]
    [TestCase("phases: [{until: 0.5, mixture: most}, {}]", "batching.phases.0.mixture")]
    [TestCase("phases: [{until: 0.5, curriculum: list}, {}]", "batching.phases.0.odds")]
    [TestCase("phases: [{until: 0.5, odds: [1, 2]}, {}]", "batching.phases.0.odds", Description = "odds of no curriculum")]
    [TestCase("phases: [{until: 0.5, cycles: -1}, {}]", "batching.phases.0.cycles")]
    [TestCase("phases: [{until: 0.5, source_weights: {web: 0}}, {}]", "batching.phases.0.source_weights")]
    public void Fault_names_its_key(string yaml, string key)
    {
        var thrown = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse<Holder>($"batching: {{{yaml}}}", "test"));

        Assert.That(thrown.Errors, Has.Some.StartsWith($"'{key}' is"));
    }

    [Test]
    public void Phases_about_lengths_are_refused_where_rows_have_one()
    {
        var errors = new ConfigurationErrors();

        new OneLengthConfig { Phases = [new() { Until = 0.5, Curriculum = "uniform" }, new()] }.Validate("batching", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(1).And.All.StartsWith("'batching.phases.0' is"));
    }

    private sealed record Holder : IConfigSection
    {
        public DatasetDecompositionConfig Batching { get; init; } = new();

        public void Validate(string path, ConfigurationErrors errors)
        {
            Batching.Validate("batching", errors);
        }
    }

    private sealed record OneLengthConfig : BatchingConfig
    {
        internal override DatasetDecompositionConfig ToSampling()
        {
            return new DatasetDecompositionConfig { Cycles = 1, Curriculum = "natural" };
        }
    }
}
