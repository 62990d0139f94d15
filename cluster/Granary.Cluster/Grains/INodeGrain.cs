using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>One node: what it has, when it was last heard of, what it works on. Its key is the node's id.</summary>
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>Makes the node known, in place of one of this id that was there before.</summary>
    Task RegisterAsync(NodeDescription description);

    /// <summary>Lengthens the node's leases and tells it which ones it has lost, and whether it is to take no more work.</summary>
    Task<HeartbeatReply> HeartbeatAsync(Heartbeat heartbeat);

    /// <summary>Asks it to take no more work; what it has it finishes.</summary>
    Task DrainAsync();

    /// <summary>What is known of it; null where it has never been seen.</summary>
    Task<NodeSnapshot?> SnapshotAsync();
}
