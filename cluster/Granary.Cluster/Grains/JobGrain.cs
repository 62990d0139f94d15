using Granary.Cluster.Ledger;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Granary.Cluster.Grains;

/// <summary>A <see cref="JobState"/> in the grain state's storage. Its own process is the one shard of a dataset; how that shard stands decides how the job does.</summary>
/// <remarks>
/// Calls interleave: the datasets that it makes and cancels call it back. All that it does before it is placed and after it
/// ends may be done again, so a coordinator that dies on the way goes on in the job's next life.
/// </remarks>
[Reentrant]
internal sealed class JobGrain : Grain, IJobGrain
{
    // Few enough that commits of others do not wait for them, and that one call ends in time: the next one goes on.
    private const int RowsPerRemoval = 500;
    private const int MostRemovals = 100;

    private readonly IPersistentState<JobState> _state;
    private readonly IClusterLedger _ledger;
    private readonly IJobFiles _files;
    private readonly IJobConfigurations _configurations;
    private readonly ClusterOptions _options;
    private readonly TimeProvider _time;
    private readonly Coalesced _writes;
    private readonly Coalesced _placing;
    private readonly Coalesced _seeing;
    private bool _isPlaced;
    private int _entering; // calls that put the run on its list, and have yet to say so in its state
    private Task _leaving = Task.CompletedTask; // who comes while it goes would go with it

    public JobGrain(
        [PersistentState("job")] IPersistentState<JobState> state,
        IClusterLedger ledger,
        IJobFiles files,
        IJobConfigurations configurations,
        ClusterOptions options,
        TimeProvider time)
    {
        _state = state;
        _ledger = ledger;
        _files = files;
        _configurations = configurations;
        _options = options;
        _time = time;
        _writes = new Coalesced(_state.WriteStateAsync);
        _placing = new Coalesced(PlaceAsync);
        _seeing = new Coalesced(SeeDriverAsync);
    }

    private string Id => this.GetPrimaryKeyString();

    private string Driver => DriverWork.DatasetOf(Id);

    public async Task<JobSnapshot> SubmitAsync(JobSubmission submission, string submitter)
    {
        if (submission.Key != Id)
        {
            throw new RequestRefusedException($"The job '{Id}' was handed a submission with the key '{submission.Key}', but a job's key is its id. Hand it to the job of its key.");
        }

        if (JobState.FaultOf(submission) is { } fault)
        {
            throw new RequestRefusedException(fault);
        }

        await WhenLeftAsync();
        var needs = _state.State.Submission is null ? _configurations.Check(submission.Command, submission.Configuration) : new JobNeeds(_state.State.Name, _state.State.Gpus);
        _state.State = _state.State.Submit(submission, needs, submitter, _time.GetUtcNow());
        await ResumeAsync();
        return _state.State.Snapshot()!;
    }

    public async Task<JobSnapshot?> SnapshotAsync()
    {
        await ResumeAsync();
        return _state.State.Snapshot();
    }

    public Task<bool> AcceptsWorkAsync() => Task.FromResult(_state.State.AcceptsWork);

    public async Task HandOutAsync()
    {
        var state = _state.State.HandOut(_time.GetUtcNow());
        if (state == _state.State)
        {
            return;
        }

        _entering++;
        try
        {
            await EnterAsync(IDirectoryGrain.Runs);
            _state.State = state;
        }
        finally
        {
            _entering--;
        }

        await _writes.RunAsync();
    }

    public async Task DriverChangedAsync()
    {
        await _seeing.RunAsync();
        if (_state.State.IsCancelling)
        {
            await CancelAsync(); // it was begun, and something failed on the way
        }
    }

    public async Task CancelAsync()
    {
        if (_state.State.Submission is null || _state.State.IsOver)
        {
            return;
        }

        _state.State = _state.State.Cancel();
        await _writes.RunAsync();
        await GrainFactory.GetGrain<IDatasetGrain>(Driver).CancelAsync();
        await _seeing.RunAsync();
    }

    public async Task<bool> ExpireAsync()
    {
        if (_state.State.IsUnknown && _entering == 0)
        {
            // A look before this one took its record out, and did not come to its name.
            await (_leaving = LeaveAsync());
            return true;
        }

        if (!_state.State.IsExpired(_time.GetUtcNow(), _options.EndedJobsStay))
        {
            return false;
        }

        var datasets = await _ledger.ListDatasetsAsync(Id, CancellationToken.None);
        if (_state.State.Submission is null && await AreWorkedOnAsync(datasets))
        {
            return false;
        }

        // Its own record goes behind all that it leads to, and its name last: a coordinator that ends on the way goes on from there.
        foreach (var dataset in datasets)
        {
            await EndForgottenAsync(dataset);
            await GrainFactory.GetGrain<IGenerationGrain>(dataset).ForgetAsync();
            await GrainFactory.GetGrain<IDatasetGrain>(dataset).ForgetAsync();
        }

        for (var removal = 0; removal < MostRemovals; removal++)
        {
            if (await _ledger.RemoveAsync(Id, RowsPerRemoval, CancellationToken.None) == 0)
            {
                await (_leaving = ForgetAsync());
                return true;
            }
        }

        return false;
    }

    // A job's datasets ended with it; to ask them would read all their rows.
    private Task EndForgottenAsync(string dataset)
    {
        return _state.State.Submission is null ? GrainFactory.GetGrain<IDatasetGrain>(dataset).CancelAsync() : Task.CompletedTask;
    }

    // A run's end nobody tells; what nobody holds of it after so long nobody waits for.
    private async Task<bool> AreWorkedOnAsync(IReadOnlyList<string> datasets)
    {
        foreach (var dataset in datasets)
        {
            // A lease that is over stands as one until somebody else is granted the shard; only the database's clock knows.
            var counts = await _ledger.CountAsync(dataset, CancellationToken.None);
            var open = counts.GetValueOrDefault(ShardState.Free) + counts.GetValueOrDefault(ShardState.Leased);
            if (open > (await _ledger.ListGrantableAsync(dataset, 0, open + 1, CancellationToken.None)).Count)
            {
                return true;
            }
        }

        return false;
    }

    private async Task ForgetAsync()
    {
        await GrainFactory.GetGrain<IMixtureSearchGrain>(Id).ForgetAsync();
        await _state.ClearStateAsync();
        _isPlaced = false;
        await LeaveAsync();
    }

    private async Task LeaveAsync()
    {
        await GrainFactory.GetGrain<IDirectoryGrain>(IDirectoryGrain.Jobs).RemoveAsync(Id);
        await GrainFactory.GetGrain<IDirectoryGrain>(IDirectoryGrain.Runs).RemoveAsync(Id);
        DeactivateOnIdle();
    }

    private async Task EnterAsync(string directory)
    {
        await WhenLeftAsync();
        await GrainFactory.GetGrain<IDirectoryGrain>(directory).AddAsync(Id);
    }

    private async Task WhenLeftAsync() => await _leaving.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);

    private async Task ResumeAsync()
    {
        if (_isPlaced || _state.State.Submission is null)
        {
            return;
        }

        await _placing.RunAsync();
        await _seeing.RunAsync();
        if (_state.State.IsCancelling)
        {
            await CancelAsync();
        }
    }

    private async Task PlaceAsync()
    {
        var job = _state.State.Submission!;
        if (_isPlaced || !_state.State.AcceptsWork)
        {
            _isPlaced = true;
            return;
        }

        await EnterAsync(IDirectoryGrain.Jobs);
        var configuration = _files.WriteConfiguration(Id, job.Configuration);
        await _writes.RunAsync();
        try
        {
            await GrainFactory.GetGrain<IDatasetGrain>(Driver).CreateAsync(DriverWork.Of(job, configuration, _files.RunsOf(Id), _state.State.Gpus), job.Priority);
        }
        catch (LedgerConflictException) when (!_state.State.AcceptsWork)
        {
            // It was cancelled meanwhile, and needs no place.
        }

        _isPlaced = true;
    }

    private async Task SeeDriverAsync()
    {
        var rows = await _ledger.ListAsync(Driver, 0, 1, CancellationToken.None);
        var seen = _state.State.See(rows.Count == 0 ? null : rows[0], _time.GetUtcNow());
        if (seen != _state.State)
        {
            _state.State = seen;
            await _writes.RunAsync();
        }

        if (seen.IsOver && !seen.IsSettled)
        {
            await EndDatasetsAsync();
            _state.State = _state.State with { IsSettled = true };
            await _writes.RunAsync();
        }
    }

    // However it ended, nobody waits for its parts any more. The driver's dataset is over, and must not call back from here.
    private async Task EndDatasetsAsync()
    {
        foreach (var dataset in (await _ledger.ListDatasetsAsync(Id, CancellationToken.None)).Where(dataset => dataset != Driver))
        {
            await GrainFactory.GetGrain<IDatasetGrain>(dataset).CancelAsync();
        }
    }
}
