using Granary.Core.Configuration;
using Granary.Testing;

namespace Granary.Cli.Mixtures.Tests;

public sealed class MixtureFileTests
{
    private static readonly MixtureFile Found = new()
    {
        Components = MixConfig.Sources,
        Weights = new Dictionary<string, double> { ["a b: c"] = 0.1 + 0.2, ["plain"] = 0.7 },
        Natural = new Dictionary<string, double> { ["a b: c"] = 0.5, ["plain"] = 0.5 },
        Epochs = new Dictionary<string, double> { ["a b: c"] = 1.5, ["plain"] = 0.2 },
        Lengths = new Dictionary<string, double> { ["64"] = 1 },
        Method = "climb",
        Rule = "verified",
        Measured = 2.25,
        Batching = new MixtureBatching { SourceWeights = new Dictionary<string, double> { ["a b: c"] = 0.1 + 0.2, ["plain"] = 0.7 } },
    };

    [Test]
    public void A_mixture_reads_back_to_the_bit()
    {
        using var folder = new TempFolder();

        Found.Publish(folder["mixture.yaml"]);
        var read = MixtureFile.Load(folder["mixture.yaml"]);

        Assert.That(read.Weights, Is.EqualTo(Found.Weights));
        Assert.That((read.Measured, read.Predicted, read.Embedding), Is.EqualTo((2.25, (double?)null, (object?)null)));
        Assert.That(ConfigurationFile.Write(read), Is.EqualTo(ConfigurationFile.Write(Found)));
    }

    [Test]
    public void Its_batching_is_a_section_that_a_run_takes()
    {
        using var folder = new TempFolder();
        Found.Publish(folder["mixture.yaml"]);
        var fragment = string.Join('\n', File.ReadAllLines(folder["mixture.yaml"]).SkipWhile(line => !line.StartsWith("batching:", StringComparison.Ordinal)));

        var run = ConfigurationFile.Parse<RunConfig>(
            $"name: run\ncorpus: {{sources: [{{name: \"a b: c\", type: text, paths: [x]}}, {{name: plain, type: text, paths: [x]}}]}}\n{fragment}\n", "run.yaml");

        Assert.That(run.Batching.SourceWeights, Is.EqualTo(Found.Weights));
    }

    [Test]
    public void A_configuration_reads_the_file_once_and_is_no_other_for_it()
    {
        using var folder = new TempFolder();
        Found.Publish(folder["mixture.yaml"]);
        var (read, unread) = (new MixConfig { File = folder["mixture.yaml"] }, new MixConfig { File = folder["mixture.yaml"] });

        var found = read.Found;
        File.Delete(folder["mixture.yaml"]);

        Assert.That(read.Found, Is.SameAs(found));
        Assert.That(read.MixesClusters, Is.False);
        Assert.That(read with { Objective = unread.Objective, Proxy = unread.Proxy, Clusters = unread.Clusters, Embedding = unread.Embedding }, Is.EqualTo(unread));
        Assert.That(() => (read with { File = folder["other.yaml"] }).Found, Throws.InstanceOf<ConfigurationException>(), "another file is read anew");
    }

    [Test]
    public void A_file_without_weights_is_refused()
    {
        using var folder = new TempFolder();
        (Found with { Weights = new Dictionary<string, double>() }).Publish(folder["mixture.yaml"]);

        Assert.That(() => MixtureFile.Load(folder["mixture.yaml"]), Throws.InstanceOf<ConfigurationException>().With.Message.Contains("'weights'"));
    }
}
