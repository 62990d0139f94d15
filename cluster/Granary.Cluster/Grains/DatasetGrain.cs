using Granary.Cluster.Ledger;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Granary.Cluster.Grains;

/// <summary>A <see cref="ShardTable"/> before the ledger's rows, which it reads once in each life, and again where one changes.</summary>
/// <remarks>
/// Calls interleave: many grants are under way at once, and no two of them are of one shard. Who is not told of a change
/// because a call failed is told by the next sweep, every half of a lease's time until all is done.
/// </remarks>
[Reentrant]
internal sealed partial class DatasetGrain : Grain, IDatasetGrain
{
    private const int RowsPerPage = 1_000;

    private readonly IPersistentState<DatasetState> _state;
    private readonly IClusterLedger _ledger;
    private readonly ClusterOptions _options;
    private readonly ILogger<DatasetGrain> _log;
    private readonly ShardTable _shards = new();
    private readonly ChangeSignal _changes;
    private readonly Coalesced _writes;
    private readonly Coalesced _opening;
    private DatasetSpec? _dataset; // null until its rows are read
    private IGrainTimer? _sweeps;

    public DatasetGrain(
        [PersistentState("dataset")] IPersistentState<DatasetState> state,
        IClusterLedger ledger,
        ClusterOptions options,
        TimeProvider time,
        ILogger<DatasetGrain> log)
    {
        _state = state;
        _ledger = ledger;
        _options = options;
        _log = log;
        _changes = new ChangeSignal(time);
        _writes = new Coalesced(_state.WriteStateAsync);
        _opening = new Coalesced(ReadDatasetAsync);
    }

    private string Id => this.GetPrimaryKeyString();

    private IQueueGrain Queue => GrainFactory.GetGrain<IQueueGrain>(IQueueGrain.Main);

    public async Task CreateAsync(DatasetSpec dataset, int priority)
    {
        Refuse(DatasetRules.FaultOf(dataset));
        await CheckJobAsync(dataset.Job);
        await GrainFactory.GetGrain<IJobGrain>(dataset.Job).HandOutAsync();
        await _ledger.CreateAsync(dataset, CancellationToken.None);
        _state.State = new DatasetState { Priority = priority };
        await _writes.RunAsync();
        await OpenAsync();
        await EnterAsync(dataset.Job);
    }

    public async Task<int> AddAsync(string operation, IReadOnlyList<ShardWork> shards)
    {
        Refuse(DatasetRules.FaultOf(shards));
        if (await OpenAsync())
        {
            await CheckJobAsync(_dataset!.Job);
            await GrainFactory.GetGrain<IJobGrain>(_dataset.Job).HandOutAsync();
        }

        var first = await _ledger.AddAsync(operation, Id, shards, CancellationToken.None);
        await OpenAsync();
        await ReadRowsAsync(_shards.Count);
        _changes.Raise();
        await EnterAsync(_dataset!.Job);
        return first;
    }

    public async Task<ShardLease?> LeaseNextAsync(string node, int threads)
    {
        if (!await OpenAsync())
        {
            return null;
        }

        while (_shards.Take(threads) is { } shard)
        {
            if (await AcquireAsync(shard, node) is { } lease)
            {
                await TellAsync([_shards.Lease(shard, lease.Token, node)]);
                return lease;
            }

            _shards.Drop(shard);
            await ChangedAsync(shard); // somebody else has it, or nobody is to have it
        }

        return null;
    }

    public async Task<DatasetDemand> ResumeAsync()
    {
        return await OpenAsync() ? new DatasetDemand(_shards.Waiting, _shards.Running, _shards.IsOver) : new DatasetDemand([], [], IsOver: true);
    }

    public async Task ChangedAsync(int shard)
    {
        if (!await OpenAsync())
        {
            return;
        }

        await TellAsync(shard < _shards.Count ? Apply(await _ledger.ListAsync(Id, shard, 1, CancellationToken.None)) : await ReadRowsAsync(_shards.Count));
    }

    public async Task<DatasetSnapshot?> SnapshotAsync()
    {
        if (_dataset is not null)
        {
            return Snapshot(_dataset, _shards.Counts);
        }

        // To look at what nobody works on costs a count, not all its rows.
        return await _ledger.FindAsync(Id, CancellationToken.None) is { } dataset ? Snapshot(dataset, await _ledger.CountAsync(Id, CancellationToken.None)) : null;
    }

    public async Task<DatasetSnapshot?> WaitAsync(long version, TimeSpan atMost)
    {
        if (await OpenAsync())
        {
            await _changes.WaitAsync(version, atMost);
        }

        return await SnapshotAsync();
    }

    public Task<IReadOnlyList<ShardRow>> ListAsync(int from, int count) => _ledger.ListAsync(Id, from, count, CancellationToken.None);

    public async Task CancelAsync()
    {
        // What is over stays as it is: that shards failed is not to be forgotten.
        if (await OpenAsync() && !_shards.IsOver)
        {
            await _ledger.CancelAsync(Id, CancellationToken.None);
            await TellAsync(await ReadRowsAsync(0));
        }
    }

    public async Task ForgetAsync()
    {
        await _state.ClearStateAsync();
        DeactivateOnIdle();
    }

    private static void Refuse(string? fault)
    {
        if (fault is not null)
        {
            throw new RequestRefusedException(fault);
        }
    }

    private DatasetSnapshot Snapshot(DatasetSpec dataset, IReadOnlyDictionary<ShardState, int> shards)
    {
        return new DatasetSnapshot { Id = Id, Job = dataset.Job, Kind = dataset.Kind, Version = _changes.Version, Shards = shards };
    }

    // A job that is being cancelled lists its datasets after it says so; one that is made later has to see that here.
    private async Task CheckJobAsync(string job)
    {
        if (!await GrainFactory.GetGrain<IJobGrain>(job).AcceptsWorkAsync())
        {
            throw new LedgerConflictException($"Job '{job}' has ended or is being cancelled, so dataset '{Id}' takes no work for it.");
        }
    }

    private async Task EnterAsync(string job)
    {
        if (!await GrainFactory.GetGrain<IJobGrain>(job).AcceptsWorkAsync())
        {
            await CancelAsync();
        }

        await AnnounceAsync();
        Watch();
    }

    private async Task<bool> OpenAsync()
    {
        if (_dataset is null)
        {
            await _opening.RunAsync();
        }

        return _dataset is not null;
    }

    private async Task ReadDatasetAsync()
    {
        if (_dataset is not null || await _ledger.FindAsync(Id, CancellationToken.None) is not { } dataset)
        {
            return;
        }

        _shards.GrantsOnce = dataset.Kind == DatasetKind.Ranks;
        await ReadRowsAsync(0);
        await ReadGrantableAsync();
        _dataset = dataset;
        Watch();
    }

    private async Task<List<ShardChange>> ReadRowsAsync(int from)
    {
        var changes = new List<ShardChange>();
        IReadOnlyList<ShardRow> rows;
        do
        {
            rows = await _ledger.ListAsync(Id, from, RowsPerPage, CancellationToken.None);
            changes.AddRange(Apply(rows));
            from += rows.Count;
        }
        while (rows.Count == RowsPerPage);

        return changes;
    }

    // Leases that are over: only the database's clock knows. Behind the last shard that was leased there are none.
    private async Task<List<ShardChange>> ReadGrantableAsync()
    {
        var changes = new List<ShardChange>();
        for (var from = 0; from < _shards.EndOfLeased;)
        {
            var leases = _shards.Leases;
            var grantable = await _ledger.ListGrantableAsync(Id, from, RowsPerPage, CancellationToken.None);
            changes.AddRange(grantable.Where(shard => shard < _shards.Count).Select(shard => _shards.Expire(shard, leases)));
            from = grantable.Count < RowsPerPage ? _shards.EndOfLeased : grantable[^1] + 1;
        }

        return changes;
    }

    private List<ShardChange> Apply(IReadOnlyList<ShardRow> rows) => [.. rows.Select(_shards.Apply)];

    private async Task<ShardLease?> AcquireAsync(int shard, string node)
    {
        try
        {
            return await _ledger.AcquireAsync(new ShardKey(Id, shard), node, _options.LeaseTime, CancellationToken.None);
        }
        catch
        {
            // Granted or not: whoever tries next finds out.
            await TellAsync([_shards.PutBack(shard)]);
            throw;
        }
    }

    private void Watch()
    {
        if (_sweeps is null && !_shards.IsOver)
        {
            var period = _options.LeaseTime / 2;
            _sweeps = this.RegisterGrainTimer(SweepAsync, new GrainTimerCreationOptions(period, period) { Interleave = true, KeepAlive = true });
        }
    }

    private async Task SweepAsync()
    {
        try
        {
            var grantable = await ReadGrantableAsync();
            await TellAsync(grantable);
            if (grantable.Any(change => change.IsLost))
            {
                LogRankLost(Id);
                await CancelAsync();
            }

            await FindMissedAsync();
            await AnnounceAsync();
        }
        catch (Exception exception)
        {
            LogSweepFailed(exception, Id);
        }
    }

    // A write whose answer was lost may have changed a row that nobody spoke of.
    private async Task FindMissedAsync()
    {
        var version = _changes.Version;
        var counts = await _ledger.CountAsync(Id, CancellationToken.None);
        if (version == _changes.Version && _shards.Counts.Any(count => counts.GetValueOrDefault(count.Key) != count.Value))
        {
            await TellAsync(await ReadRowsAsync(0));
        }
    }

    private async Task TellAsync(IReadOnlyList<ShardChange> changes)
    {
        var isNew = changes.Any(change => change.IsNew);
        if (isNew)
        {
            _changes.Raise();
        }

        try
        {
            foreach (var (index, token) in changes.Select(change => change.Ended).OfType<(int, LeaseToken)>())
            {
                await Queue.EndedAsync(new ShardKey(Id, index), token);
            }

            if (isNew && (_shards.IsOver || _dataset?.Kind == DatasetKind.Driver))
            {
                await AnnounceAsync();
                return;
            }

            foreach (var threads in changes.Select(change => change.Opened).OfType<int>())
            {
                await Queue.WaitsAsync(Id, threads);
            }
        }
        catch (Exception exception)
        {
            LogNotTold(exception, Id);
        }
    }

    /// <summary>Says all there is to say; to say it again changes nothing.</summary>
    private async Task AnnounceAsync()
    {
        if (_shards.IsOver)
        {
            await Queue.LeaveAsync(Id);
        }
        else
        {
            await Queue.EnterAsync(Id, _dataset!.Job, _dataset.Kind, _state.State.Priority, _dataset.Kind == DatasetKind.Ranks ? _shards.Count : 0, _shards.Gpus);
            foreach (var threads in _shards.Waiting)
            {
                await Queue.WaitsAsync(Id, threads);
            }
        }

        if (_dataset!.Kind == DatasetKind.Driver)
        {
            await GrainFactory.GetGrain<IJobGrain>(_dataset.Job).DriverChangedAsync();
        }

        if (_shards.IsOver)
        {
            _sweeps?.Dispose();
            _sweeps = null;
        }
    }

    [LoggerMessage(7313, LogLevel.Warning, "The lease of a rank of '{Dataset}' is over, so all of it is cancelled; a new generation takes its place.")]
    private partial void LogRankLost(string dataset);

    [LoggerMessage(7311, LogLevel.Warning, "Dataset '{Dataset}' could not be swept; the next sweep tries again.")]
    private partial void LogSweepFailed(Exception exception, string dataset);

    [LoggerMessage(7312, LogLevel.Warning, "A change of dataset '{Dataset}' could not be told; the next sweep tells it.")]
    private partial void LogNotTold(Exception exception, string dataset);
}
