namespace Granary.Cluster.Grains;

/// <summary>Knows what a job's configuration may hold, which only the command line does.</summary>
public interface IJobConfigurations
{
    /// <summary>Checks the whole configuration; gives what a coordinator must know of it.</summary>
    /// <exception cref="Core.Configuration.ConfigurationException">It has faults.</exception>
    JobNeeds Check(string command, string configuration);
}
