namespace Granary.Cluster.Grains;

/// <summary>Knows what a job's configuration may hold, which only the command line does.</summary>
public interface IJobConfigurations
{
    /// <summary>Checks the whole configuration; gives the run's name.</summary>
    /// <exception cref="Core.Configuration.ConfigurationException">It has faults.</exception>
    string Check(string command, string configuration);
}
