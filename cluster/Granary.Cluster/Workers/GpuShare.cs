using Granary.Cluster.Ledger;

namespace Granary.Cluster.Workers;

/// <summary>Hands out a node's GPUs with its threads: who has a quarter of these has a quarter of those.</summary>
internal sealed class GpuShare
{
    private readonly IReadOnlyList<string> _ids;
    private readonly int _threads;
    private readonly Lock _lock = new(); // guards the users
    private readonly int[] _users;

    public GpuShare(IReadOnlyList<string> ids, int threads)
    {
        (_ids, _threads, _users) = (ids, threads, new int[ids.Count]);
    }

    /// <summary>
    /// The GPUs of a lease: those with the fewest users, one at least, so that more work than GPUs shares them. None where the node
    /// has none. A job's own process is left with all that the worker sees, as it computes only while nothing of its job is handed out.
    /// </summary>
    public IReadOnlyList<string> Take(ShardLease lease)
    {
        if (_ids.Count == 0 || lease.Kind == DatasetKind.Driver)
        {
            return [];
        }

        lock (_lock)
        {
            var count = Math.Clamp(_ids.Count * lease.Work.Threads / Math.Max(1, _threads), 1, _ids.Count);
            List<int> taken = [.. Enumerable.Range(0, _ids.Count).OrderBy(gpu => _users[gpu]).ThenBy(gpu => gpu).Take(count).Order()];
            taken.ForEach(gpu => _users[gpu]++);
            return taken.ConvertAll(gpu => _ids[gpu]);
        }
    }

    /// <summary>Takes back what a lease had.</summary>
    public void GiveBack(IReadOnlyList<string> gpus)
    {
        lock (_lock)
        {
            for (var gpu = 0; gpu < _ids.Count; gpu++)
            {
                _users[gpu] -= gpus.Contains(_ids[gpu]) ? 1 : 0;
            }
        }
    }
}
