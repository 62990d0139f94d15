using Granary.Cluster.Ledger;
using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>One shard's lease, fence and commit. Its key is the dataset's id, '#' and the shard's index.</summary>
public interface IShardGrain : IGrainWithStringKey
{
    /// <summary>Grants the shard where nobody holds it.</summary>
    Task<ShardLease?> AcquireAsync(string node, TimeSpan time);

    /// <summary>Makes the shard done; false where the token is not the shard's any more.</summary>
    Task<bool> CommitAsync(string operation, LeaseToken token, ShardOutput output);

    /// <summary>Gives the lease back, with what went wrong where something did; false where the token is not the shard's any more.</summary>
    Task<bool> ReleaseAsync(LeaseToken token, string? failure);
}
