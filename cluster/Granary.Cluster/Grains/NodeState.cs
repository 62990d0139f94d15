using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What is known of a node. Silence is measured from when it was last heard, or from when the grain came to life.</summary>
internal sealed record NodeState
{
    /// <summary>What it has; null where it never registered.</summary>
    public NodeDescription? Description { get; init; }

    public DateTimeOffset LastSeen { get; init; }

    public bool IsDraining { get; init; }

    public IReadOnlyList<HeldLease> Leases { get; init; } = [];

    /// <summary>Makes the node known; one that was asked to drain is a new process now, and works.</summary>
    public static NodeState Register(NodeDescription description, DateTimeOffset now) => new() { Description = description, LastSeen = now };

    /// <summary>The coordinator was silent too, so nobody is late.</summary>
    public NodeState Wake(DateTimeOffset now) => this with { LastSeen = now };

    /// <summary>Takes in what the node says, and which of its leases hold.</summary>
    public NodeState Hear(Heartbeat heartbeat, IReadOnlySet<ShardKey> held, DateTimeOffset now)
    {
        return this with
        {
            LastSeen = now,
            IsDraining = IsDraining || heartbeat.IsDraining,
            Leases = [.. heartbeat.Leases.Where(lease => held.Contains(lease.Shard))],
        };
    }

    public NodeState Drain() => this with { IsDraining = true };

    public bool IsLost(DateTimeOffset now, TimeSpan leaseTime) => now - LastSeen > leaseTime;

    /// <summary>Whether nobody needs to know of it any more: it went by itself, with its work done, or is lost for long.</summary>
    public bool IsGone(DateTimeOffset now, TimeSpan leaseTime, TimeSpan lostNodesStay)
    {
        var silent = now - LastSeen;
        return silent > leaseTime && ((IsDraining && Leases.Count == 0) || silent > lostNodesStay);
    }

    public NodeSnapshot? Snapshot(DateTimeOffset now, TimeSpan leaseTime)
    {
        return Description is null ? null : new NodeSnapshot(Description, LastSeen, IsLost(now, leaseTime), IsDraining, Leases);
    }
}
