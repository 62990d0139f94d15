using System.Globalization;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Workers;

/// <summary>Where workers put files below the folder that all nodes see.</summary>
public static class WorkerFiles
{
    /// <summary>The log of a lease's work. A job's own process has one file for all its attempts; other work one for each.</summary>
    public static string LogOf(string folder, ShardLease lease)
    {
        var name = lease.Kind == DatasetKind.Driver ? "driver" : string.Create(CultureInfo.InvariantCulture, $"{lease.Shard.Index}.{lease.Token.Incarnation}-{lease.Token.Epoch}");
        return Path.Combine(folder, "logs", Path.Combine(lease.Shard.Dataset.Split('/')), $"{name}.log");
    }
}
