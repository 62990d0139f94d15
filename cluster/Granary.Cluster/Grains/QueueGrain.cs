using Granary.Cluster.Ledger;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Granary.Cluster.Grains;

/// <summary>A <see cref="FairQueue"/> whose entries are kept in the grain state's storage; what waits and runs its datasets say anew in each life.</summary>
/// <remarks>Calls interleave, so that nodes do not wait for one another's grants; the queue itself changes between two awaits only.</remarks>
[Reentrant]
internal sealed partial class QueueGrain : Grain, IQueueGrain
{
    internal static readonly TimeSpan LookForEndedJobs = TimeSpan.FromMinutes(10);

    private readonly IPersistentState<QueueState> _state;
    private readonly ILogger<QueueGrain> _log;
    private readonly FairQueue _queue;
    private readonly ChangeSignal _changes;
    private readonly Coalesced _writes;
    private readonly Coalesced _resuming;
    private bool _isWritten = true;
    private bool _isResumed;
    private long _told; // the queue's version that those who wait know

    public QueueGrain([PersistentState("entries")] IPersistentState<QueueState> state, ClusterOptions options, TimeProvider time, ILogger<QueueGrain> log)
    {
        _state = state;
        _log = log;
        _queue = new FairQueue(options.MostPasses, new GangPlacement(options.MostPasses, options.LeaseTime, time));
        _changes = new ChangeSignal(time);
        _writes = new Coalesced(WriteAsync);
        _resuming = new Coalesced(AskDatasetsAsync);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _queue.Restore(_state.State);
        this.RegisterGrainTimer(ExpireJobsAsync, new GrainTimerCreationOptions(LookForEndedJobs, LookForEndedJobs) { Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task EnterAsync(string dataset, string job, DatasetKind kind, int priority, int ranks = 0, int gpus = 0)
    {
        _isWritten &= !_queue.Enter(new QueueEntry(dataset, job, kind, priority, ranks, gpus));
        return KeepAsync();
    }

    public Task LeaveAsync(string dataset)
    {
        _isWritten &= !_queue.Leave(dataset);
        Tell();
        return KeepAsync();
    }

    public Task WaitsAsync(string dataset, int threads)
    {
        _queue.Waits(dataset, threads);
        Tell();
        return Task.CompletedTask;
    }

    public Task EndedAsync(ShardKey shard, LeaseToken token)
    {
        _queue.Ended(shard, token);
        return Task.CompletedTask;
    }

    public Task ForgetAsync(string node)
    {
        _queue.Forget(node);
        Tell();
        return Task.CompletedTask;
    }

    public async Task<ShardLease?> LeaseNextAsync(NodeOffer offer)
    {
        await ResumeAsync();
        while (_queue.Next(offer) is { } grant)
        {
            var lease = await AskAsync(grant);
            Tell();
            if (lease is not null)
            {
                return lease;
            }
        }

        Tell();
        await CancelBrokenAsync();
        return null;
    }

    public async Task<long> WaitAsync(long version, TimeSpan atMost)
    {
        await _changes.WaitAsync(version, atMost);
        return _changes.Version;
    }

    public async Task<QueueSnapshot> SnapshotAsync()
    {
        await ResumeAsync();
        return _queue.Snapshot();
    }

    private async Task<ShardLease?> AskAsync(QueueGrant grant)
    {
        ShardLease? lease = null;
        try
        {
            lease = await GrainFactory.GetGrain<IDatasetGrain>(grant.Dataset).LeaseNextAsync(grant.Node, grant.Threads);
        }
        catch (LedgerUnavailableException)
        {
            _queue.Failed(grant);
            throw;
        }
        catch (Exception exception)
        {
            // One dataset's fault must not keep all others from being asked; its own sweep lets it in again.
            LogDatasetFailed(exception, grant.Dataset);
        }

        if (lease is null)
        {
            _queue.Refused(grant);
        }
        else
        {
            _queue.Granted(grant, lease.Shard.Index, lease.Token);
        }

        return lease;
    }

    private async Task CancelBrokenAsync()
    {
        foreach (var dataset in _queue.TakeBroken())
        {
            LogGangBroken(dataset);
            await GrainFactory.GetGrain<IDatasetGrain>(dataset).CancelAsync();
        }
    }

    // One job after the other, the oldest first, so that what ended long ago never crowds out what runs.
    private async Task ExpireJobsAsync()
    {
        try
        {
            foreach (var job in await NamesAsync(IDirectoryGrain.Jobs, IDirectoryGrain.Runs))
            {
                if (await GrainFactory.GetGrain<IJobGrain>(job).ExpireAsync())
                {
                    LogExpired(job);
                }
            }
        }
        catch (Exception exception)
        {
            LogNotExpired(exception);
        }
    }

    private async Task<IReadOnlyList<string>> NamesAsync(params string[] directories)
    {
        var names = await Task.WhenAll(directories.Select(directory => GrainFactory.GetGrain<IDirectoryGrain>(directory).ListAsync()));
        return [.. names.SelectMany(list => list.Reverse()).Distinct()];
    }

    private Task ResumeAsync() => _isResumed ? Task.CompletedTask : _resuming.RunAsync();

    private async Task AskDatasetsAsync()
    {
        if (_isResumed)
        {
            return;
        }

        var datasets = _queue.Datasets;
        var demands = await Task.WhenAll(datasets.Select(DemandOfAsync));
        foreach (var (dataset, demand) in datasets.Zip(demands))
        {
            _queue.Resume(dataset, demand);
            if (demand.IsOver)
            {
                await LeaveAsync(dataset);
            }
        }

        _isResumed = true;
        Tell();
    }

    private async Task<DatasetDemand> DemandOfAsync(string dataset)
    {
        try
        {
            return await GrainFactory.GetGrain<IDatasetGrain>(dataset).ResumeAsync();
        }
        catch (Exception exception) when (exception is not LedgerUnavailableException)
        {
            LogDatasetFailed(exception, dataset);
            return new DatasetDemand([], [], IsOver: false);
        }
    }

    private void Tell()
    {
        if (_told != _queue.Version)
        {
            _told = _queue.Version;
            _changes.Raise();
        }
    }

    private Task KeepAsync() => _isWritten ? Task.CompletedTask : _writes.RunAsync();

    private async Task WriteAsync()
    {
        _isWritten = true;
        try
        {
            _state.State = _queue.State;
            await _state.WriteStateAsync();
        }
        catch
        {
            _isWritten = false;
            throw;
        }
    }

    [LoggerMessage(7302, LogLevel.Warning, "Some nodes did not come for their ranks of '{Dataset}', so all of it is cancelled; a new generation takes its place.")]
    private partial void LogGangBroken(string dataset);

    [LoggerMessage(7303, LogLevel.Information, "Job or run '{Job}' ended so long ago that nothing is kept of it but its files.")]
    private partial void LogExpired(string job);

    [LoggerMessage(7304, LogLevel.Warning, "Jobs that ended long ago could not be taken out; the next look tries again.")]
    private partial void LogNotExpired(Exception exception);

    [LoggerMessage(7301, LogLevel.Error, "Dataset '{Dataset}' could not say whether it has work; others are asked until it calls again.")]
    private partial void LogDatasetFailed(Exception exception, string dataset);
}
