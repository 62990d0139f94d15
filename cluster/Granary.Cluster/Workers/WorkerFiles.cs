using System.Globalization;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Workers;

/// <summary>Where workers put files below the folder that all nodes see.</summary>
public static class WorkerFiles
{
    /// <summary>The log of a lease's work. A job's own process has one file for all its attempts; other work one for each.</summary>
    public static string LogOf(string folder, ShardLease lease)
    {
        return LogOf(folder, lease.Kind, lease.Shard, lease.Token);
    }

    /// <summary>The log of the work of a shard's grant.</summary>
    public static string LogOf(string folder, DatasetKind kind, ShardKey shard, LeaseToken token)
    {
        var name = kind == DatasetKind.Driver ? "driver" : string.Create(CultureInfo.InvariantCulture, $"{shard.Index}.{token.Incarnation}-{token.Epoch}");
        return Path.Combine(folder, "logs", Path.Combine(shard.Dataset.Split('/')), $"{name}.log");
    }
}
