namespace Granary.Cluster.Grains;

/// <summary>Where a job's files lie in the folder that all nodes see.</summary>
public interface IJobFiles
{
    /// <summary>Writes the job's configuration, whole or not at all, for nobody else to read; gives its path.</summary>
    string WriteConfiguration(string job, string configuration);

    /// <summary>The folder of the job's runs.</summary>
    string RunsOf(string job);
}
