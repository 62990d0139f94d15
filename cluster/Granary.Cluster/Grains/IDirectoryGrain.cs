using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>The names of what there is: jobs or nodes, which grains alone could not list. Its key says which.</summary>
public interface IDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The key of the directory of runs that were started in a terminal and hand work out: they are nobody's job.</summary>
    const string Runs = "runs";

    /// <summary>The key of the jobs' directory.</summary>
    const string Jobs = "jobs";

    /// <summary>The key of the nodes' directory.</summary>
    const string Nodes = "nodes";

    /// <summary>Adds a name; one that is there already stays where it is.</summary>
    Task AddAsync(string name);

    /// <summary>Takes a name out.</summary>
    Task RemoveAsync(string name);

    /// <summary>All names, the latest first.</summary>
    Task<IReadOnlyList<string>> ListAsync();
}
