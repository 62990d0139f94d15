using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus.NearDuplicates.Tests;

public sealed class NearDuplicateConfigTests
{
    [Test]
    public void The_defaults_are_valid()
    {
        Assert.That(FaultsOf(new NearDuplicateConfig()), Is.Empty);
    }

    [Test]
    public void Every_fault_is_reported()
    {
        var faults = FaultsOf(new NearDuplicateConfig { Words = 0, Bands = 0, Rows = -1, MinSimilarity = 1.5 });

        Assert.That(faults, Has.Count.EqualTo(4));
        Assert.That(FaultsOf(new NearDuplicateConfig { Bands = 100, Rows = 20 }), Has.One.Contains("corpus.near_duplicates.rows"));
    }

    private static IReadOnlyList<string> FaultsOf(NearDuplicateConfig config)
    {
        var errors = new ConfigurationErrors();
        config.Validate("corpus.near_duplicates", errors);
        return errors.Errors;
    }
}
