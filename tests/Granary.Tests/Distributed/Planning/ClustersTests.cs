using Granary.Core.Configuration;
using Granary.Testing;

namespace Granary.Distributed.Planning.Tests;

public sealed class ClustersTests
{
    [Test]
    public void Every_named_cluster_is_in_order_and_can_be_written_to_a_file([ValueSource(typeof(Clusters), nameof(Clusters.Names))] string name)
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "cluster.yaml");
        File.WriteAllText(file, ConfigurationFile.Write(Clusters.Named(name)));

        Assert.That(Clusters.Named(file), Is.EqualTo(Clusters.Named(name)));
    }

    [Test]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        Assert.That(() => Clusters.Named("h2000"), Throws.TypeOf<ConfigurationException>().With.Message.Contains("'h2000'").And.Message.Contains("h200"));
    }

    [Test]
    public void All_faults_of_a_description_are_reported()
    {
        var errors = new ConfigurationErrors();
        var description = Clusters.Named("h200") with { RanksPerNode = 0, MemoryBytes = 0, InsideNode = new() { BytesPerSecond = 0, Efficiency = 2, LatencySeconds = -1 } };

        description.Validate("cluster", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(5));
    }

    [Test]
    public void Ranks_of_this_machine_share_what_it_has()
    {
        var (one, two) = (Clusters.ThisMachine(1, 100e9, 16e9), Clusters.ThisMachine(2, 100e9, 16e9));

        Assert.That((two.MatrixFlops, two.MemoryBytes), Is.EqualTo((one.MatrixFlops / 2, one.MemoryBytes / 2)));
    }
}
