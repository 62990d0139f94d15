using Granary.Cluster.Grains;
using Granary.Core.Configuration;

namespace Granary.Cli.Cluster;

/// <summary>Checks jobs' configurations as the command will that reads them: all commands that a job may be read a run's.</summary>
internal sealed class RunConfigurations : IJobConfigurations
{
    public string Check(string command, string configuration)
    {
        return ConfigurationFile.Parse<RunConfig>(configuration, "configuration").Name;
    }
}
