using Granary.Cluster.Grains;

namespace Granary.Bench.UnfencedCluster;

/// <summary>Takes whatever a campaign hands in.</summary>
internal sealed class AnyConfiguration : IJobConfigurations
{
    private const string Name = "name:";

    public JobNeeds Check(string command, string configuration)
    {
        return new JobNeeds(configuration.Split('\n').First(line => line.StartsWith(Name, StringComparison.Ordinal))[Name.Length..].Trim());
    }
}
