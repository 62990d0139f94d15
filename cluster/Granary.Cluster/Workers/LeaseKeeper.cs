using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Workers;

/// <summary>
/// Which leases a node holds, and until when their work may go on. It reads no clock: moments are handed in, all of one
/// monotonic clock and each read before the request was sent that it belongs to, so that a lease is never thought to hold
/// longer than the ledger has it.
/// </summary>
internal sealed class LeaseKeeper
{
    /// <summary>The share of a lease's time behind which its work must have been told to stop.</summary>
    public const double WorkShare = 0.7;

    /// <summary>The share of a lease's time behind which it is to be lengthened.</summary>
    public const double RenewalShare = 1.0 / 3;

    private readonly Dictionary<LeaseId, Entry> _held = [];

    /// <summary>The moment at which the work of a lease must stop that was asked for, or last lengthened, at another.</summary>
    public static TimeSpan EndOf(ShardLease lease, TimeSpan since) => since + lease.Time * WorkShare;

    /// <summary>Leases that are held.</summary>
    public int Count => _held.Count;

    /// <summary>The moment at which the first lease is to be lengthened; null where none is held.</summary>
    public TimeSpan? NextRenewal => _held.Count == 0 ? null : _held.Values.Min(entry => entry.Since + entry.Lease.Time * RenewalShare);

    /// <summary>The moment at which the first work is to stop; null where none goes on.</summary>
    public TimeSpan? NextEnd => _held.Values.Where(entry => !entry.IsStopped).Select(entry => (TimeSpan?)entry.End).Min();

    /// <summary>Notes a lease that a request brought which was sent at a moment.</summary>
    public void Take(ShardLease lease, TimeSpan askedAt)
    {
        _held[LeaseId.Of(lease)] = new Entry(lease) { Since = askedAt };
    }

    /// <summary>The leases as a heartbeat tells of them; those whose work has been stopped are not lengthened any more.</summary>
    public IReadOnlyList<HeldLease> Tell()
    {
        return [.. _held.Values.Where(entry => !entry.IsStopped).Select(entry => new HeldLease(entry.Lease.Shard, entry.Lease.Token, Progress: null))];
    }

    /// <summary>Counts the leases of a heartbeat from the moment at which it was sent, but for those that are lost.</summary>
    public void Renew(IReadOnlyList<HeldLease> told, IReadOnlyList<ShardKey> lost, TimeSpan askedAt)
    {
        foreach (var (shard, token, _) in told.Where(held => !lost.Contains(held.Shard)))
        {
            if (_held.TryGetValue(new LeaseId(shard, token), out var entry) && entry.Since < askedAt)
            {
                entry.Since = askedAt;
            }
        }
    }

    /// <summary>The leases of a heartbeat that are lost, each once; one that was granted since the heartbeat was sent is not among them.</summary>
    public IReadOnlyList<LeaseId> Lose(IReadOnlyList<HeldLease> told, IReadOnlyList<ShardKey> lost)
    {
        var gone = told.Where(held => lost.Contains(held.Shard)).Select(held => new LeaseId(held.Shard, held.Token)).ToHashSet();
        return StopWhere(entry => gone.Contains(LeaseId.Of(entry.Lease)));
    }

    /// <summary>The leases whose work must stop at a moment, each once.</summary>
    public IReadOnlyList<LeaseId> TakeOverdue(TimeSpan now)
    {
        return StopWhere(entry => entry.End <= now);
    }

    /// <summary>Forgets a lease: it was committed, given back or lost, and nothing of its work goes on.</summary>
    public void End(LeaseId lease)
    {
        _held.Remove(lease);
    }

    private List<LeaseId> StopWhere(Func<Entry, bool> isOver)
    {
        var stopped = _held.Values.Where(entry => !entry.IsStopped && isOver(entry)).ToList();
        stopped.ForEach(entry => entry.IsStopped = true);
        return stopped.ConvertAll(entry => LeaseId.Of(entry.Lease));
    }

    private sealed class Entry
    {
        public Entry(ShardLease lease)
        {
            Lease = lease;
        }

        public ShardLease Lease { get; }

        public TimeSpan Since { get; set; }

        public bool IsStopped { get; set; }

        public TimeSpan End => EndOf(Lease, Since);
    }
}
