using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What a dataset's grain remembers of the ledger's rows: where each shard stands, and which are to be granted next.</summary>
/// <remarks>
/// Rows arrive in any order, since several are read at once: a row that is no newer than what is known changes nothing. A
/// row's age is its token, and under one token the lease comes before what became of it. That a lease is over no row says;
/// <see cref="Expire"/> is told, by whoever asked the database's clock.
/// </remarks>
internal sealed class ShardTable
{
    private readonly List<Entry> _entries = [];
    private readonly SortedDictionary<int, Lane> _lanes = []; // by threads
    private readonly int[] _counts = new int[Enum.GetValues<ShardState>().Length];
    private int _highestLeased = -1;

    /// <summary>Whether a shard is granted once only, as a rank is: with another process in one's place, all begin anew.</summary>
    public bool GrantsOnce { get; set; }

    public int Count => _entries.Count;

    /// <summary>GPUs that a node must have for any of its shards.</summary>
    public int Gpus { get; private set; }

    /// <summary>Whether nothing is left to do.</summary>
    public bool IsOver => _counts[(int)ShardState.Free] + _counts[(int)ShardState.Leased] == 0;

    /// <summary>Counts leases, so that who asks the database can say what it did not know of yet.</summary>
    public long Leases { get; private set; }

    /// <summary>Behind the last shard that ever was leased: from here on no lease can be over.</summary>
    public int EndOfLeased => _highestLeased + 1;

    /// <summary>How many threads the shards have that are to be granted, each number once.</summary>
    public IReadOnlyList<int> Waiting => [.. _lanes.Where(lane => lane.Value.Listed > 0).Select(lane => lane.Key)];

    /// <summary>The shards that are worked on.</summary>
    public IReadOnlyList<RunningShard> Running => [.. _entries.Select((entry, index) => (entry, index)).Where(found => found.entry.IsRunning).Select(found => found.entry.AsRunning(found.index))];

    /// <summary>Shards by state. A lease that is over still counts as one, as in the ledger.</summary>
    public IReadOnlyDictionary<ShardState, int> Counts => Enum.GetValues<ShardState>().ToDictionary(state => state, state => _counts[(int)state]);

    /// <summary>Takes a row in. Rows of shards that are not known yet come in their order.</summary>
    public ShardChange Apply(ShardRow row)
    {
        if (row.Key.Index == _entries.Count)
        {
            _entries.Add(new Entry { Threads = row.Work.Threads, State = row.State, Token = row.Token });
            _counts[(int)row.State]++;
            Gpus = Math.Max(Gpus, row.Work.Gpus);
            return Stand(row.Key.Index, row.Owner, ended: null);
        }

        var entry = _entries[row.Key.Index];
        if ((row.Token, row.State == ShardState.Leased ? 0 : 1).CompareTo((entry.Token, entry.State == ShardState.Leased ? 0 : 1)) <= 0)
        {
            return ShardChange.None;
        }

        var ended = Ended(row.Key.Index);
        Move(entry, row.State, row.Token);
        return Stand(row.Key.Index, row.Owner, ended);
    }

    /// <summary>The next shard of so many threads, which nobody else is given until it is settled: leased, put back or found otherwise; null where there is none.</summary>
    public int? Take(int threads)
    {
        if (!_lanes.TryGetValue(threads, out var lane))
        {
            return null;
        }

        while (lane.Order.TryDequeue(out var index, out _))
        {
            // One that was listed twice, or ended while it was listed, has left its number here.
            var entry = _entries[index];
            if (entry.IsListed)
            {
                entry.IsTaken = true;
                Strike(entry);
                return index;
            }
        }

        return null;
    }

    /// <summary>The ledger granted a shard that was taken.</summary>
    public ShardChange Lease(int index, LeaseToken token, string node)
    {
        var entry = _entries[index];
        entry.IsTaken = false;
        if (token.CompareTo(entry.Token) <= 0)
        {
            return ShardChange.None; // what came of it is known already
        }

        var ended = Ended(index);
        Move(entry, ShardState.Leased, token);
        return Stand(index, node, ended);
    }

    /// <summary>A shard that was taken is not, or nobody knows whether it is, leased.</summary>
    public ShardChange PutBack(int index)
    {
        _entries[index].IsTaken = false;
        return new ShardChange { Opened = List(index) };
    }

    /// <summary>A shard that was taken is not to be granted; its row says why.</summary>
    public void Drop(int index)
    {
        _entries[index].IsTaken = false;
    }

    /// <summary>The database found a shard free or its lease over, when there had been so many leases.</summary>
    public ShardChange Expire(int index, long leases)
    {
        var entry = _entries[index];
        if (entry.Lease > leases || entry.IsListed || entry.IsTaken)
        {
            return ShardChange.None;
        }

        var ended = Ended(index);
        return new ShardChange { Ended = ended, Opened = List(index), IsLost = GrantsOnce && ended is not null };
    }

    private (int Index, LeaseToken Token)? Ended(int index) => _entries[index].IsRunning ? (index, _entries[index].Token) : null;

    private ShardChange Stand(int index, string? owner, (int Index, LeaseToken Token)? ended)
    {
        var entry = _entries[index];
        entry.Owner = owner;
        if (entry.State == ShardState.Leased)
        {
            entry.Lease = ++Leases;
            _highestLeased = Math.Max(_highestLeased, index);
        }

        Strike(entry);
        return new ShardChange { IsNew = true, Ended = ended, Opened = entry.State == ShardState.Free ? List(index) : null };
    }

    private void Move(Entry entry, ShardState state, LeaseToken token)
    {
        _counts[(int)entry.State]--;
        _counts[(int)state]++;
        (entry.State, entry.Token) = (state, token);
    }

    // Gives the threads of a lane that was empty before.
    private int? List(int index)
    {
        var entry = _entries[index];
        if (entry.IsListed || entry.IsTaken || entry.State is not (ShardState.Free or ShardState.Leased) || (GrantsOnce && entry.Token.Epoch > 0))
        {
            return null;
        }

        if (!_lanes.TryGetValue(entry.Threads, out var lane))
        {
            _lanes.Add(entry.Threads, lane = new Lane());
        }

        entry.IsListed = true;
        lane.Order.Enqueue(index, index);
        return ++lane.Listed == 1 ? entry.Threads : null;
    }

    private void Strike(Entry entry)
    {
        if (entry.IsListed)
        {
            entry.IsListed = false;
            _lanes[entry.Threads].Listed--;
        }
    }

    private sealed class Entry
    {
        public required int Threads { get; init; }

        public required ShardState State { get; set; }

        public required LeaseToken Token { get; set; }

        public string? Owner { get; set; }

        /// <summary>Its place among all leases of the table; 0 where it never had one.</summary>
        public long Lease { get; set; }

        /// <summary>Whether it is to be granted. A leased shard that is listed is one whose lease is over.</summary>
        public bool IsListed { get; set; }

        /// <summary>Whether somebody is granting it.</summary>
        public bool IsTaken { get; set; }

        public bool IsRunning => State == ShardState.Leased && !IsListed && Owner is not null;

        public RunningShard AsRunning(int index) => new(index, Threads, Owner!, Token);
    }

    private sealed class Lane
    {
        public PriorityQueue<int, int> Order { get; } = new();

        public int Listed { get; set; }
    }
}
