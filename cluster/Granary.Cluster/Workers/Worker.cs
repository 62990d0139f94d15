using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Granary.Core.Jobs;

namespace Granary.Cluster.Workers;

/// <summary>
/// A node's part in the cluster: makes itself known, takes leases while it has free places, runs their work, lengthens them
/// by heartbeats, stops what it has lost, and gives back what it cannot finish before it ends.
/// </summary>
/// <remarks>
/// Work runs under its lease only: it is told to stop 0.7 of the lease's time after the last request was sent that lengthened
/// it, by a clock that nobody sets. The coordinator may be gone and come back meanwhile.
/// </remarks>
public sealed class Worker
{
    private readonly CoordinatorClient _client;
    private readonly NodeDescription _node;
    private readonly IJobLauncher _launcher;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly IProgress<string> _said;
    private readonly Signal _leasesChanged = new();
    private readonly Signal _watched = new();
    private readonly Signal _threadsFreed = new();
    private readonly Signal _driversFreed = new();
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _refused = new();
    private readonly Lock _lock = new(); // guards the four below
    private readonly LeaseKeeper _keeper = new();
    private readonly Dictionary<LeaseId, (LeasedWork Work, Task Ended)> _work = [];
    private WorkerEnding? _ending;
    private TimeSpan _lastHeartbeat;
    private TimeSpan _leaseTime;

    /// <summary>Creates the worker; nothing is sent yet.</summary>
    /// <param name="client">The coordinator, with patience for as long as it may be gone.</param>
    /// <param name="node">What this node has.</param>
    /// <param name="launcher">Who runs work.</param>
    /// <param name="options">How it works.</param>
    /// <param name="time">The clock, of which only the monotonic part is read.</param>
    /// <param name="said">Is told in sentences what happens.</param>
    public Worker(CoordinatorClient client, NodeDescription node, IJobLauncher launcher, WorkerOptions options, TimeProvider time, IProgress<string> said)
    {
        (_client, _node, _launcher, _options, _time, _said) = (client, node, launcher, options, time, said);
    }

    /// <summary>Works until it is asked to end, or the coordinator refuses it; all its work is over then.</summary>
    public async Task<WorkerEnding> RunAsync(CancellationToken cancellationToken)
    {
        using var asked = cancellationToken.Register(() => End(new WorkerEnding(IsRefused: false, "It was asked to end."), _draining));
        try
        {
            await RegisterAsync();
            using var done = new CancellationTokenSource();
            Task[] looking = [RenewAsync(done.Token), WatchAsync(done.Token)];
            await Task.WhenAll(TakeAsync(offersDrivers: false), TakeAsync(offersDrivers: true));
            await EndWorkAsync(isAsked: cancellationToken.IsCancellationRequested);
            await done.CancelAsync();
            await Task.WhenAll(looking);
        }
        catch (CoordinatorException exception)
        {
            End(new WorkerEnding(IsRefused: true, exception.Message), _refused);
        }
        catch (OperationCanceledException) when (_draining.IsCancellationRequested)
        {
            // Asked to end before the coordinator knew it.
        }

        return _ending!;
    }

    private async Task RegisterAsync()
    {
        var reply = await _client.RegisterAsync(_node, _draining.Token);
        if (reply.Version != _node.Version)
        {
            throw new CoordinatorException($"The coordinator is of version '{reply.Version}' and this worker of '{_node.Version}'. Start both from the same program.");
        }

        lock (_lock)
        {
            (_leaseTime, _lastHeartbeat) = (reply.LeaseTime, Now);
        }

        _said.Report($"known to the coordinator as '{_node.Id}'; leases hold for {reply.LeaseTime.TotalSeconds:0.#} s");
    }

    private void End(WorkerEnding ending, CancellationTokenSource how)
    {
        lock (_lock)
        {
            _ending ??= ending;
        }

        how.Cancel();
        _draining.Cancel();
        _leasesChanged.Set();
    }

    // (1) Takes leases while places are free. Threads and places for drivers are offered apart: a node that waits for a driver
    // with all its threads taken must not keep a thread idle that becomes free meanwhile.
    private async Task TakeAsync(bool offersDrivers)
    {
        while (!_draining.IsCancellationRequested)
        {
            try
            {
                var offer = OfferOf(offersDrivers);
                if (offer.Threads + offer.Drivers == 0)
                {
                    await (offersDrivers ? _driversFreed : _threadsFreed).WaitAsync(Timeout.InfiniteTimeSpan, _time, _draining.Token);
                }
                else if (await _client.LeaseAsync(offer, _leaseTime * LeaseKeeper.RenewalShare, _draining.Token) is { } grant)
                {
                    Begin(grant);
                }
            }
            catch (CoordinatorException exception)
            {
                await EndureAsync(exception);
            }
            catch (OperationCanceledException) when (_draining.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private NodeOffer OfferOf(bool ofDrivers)
    {
        lock (_lock)
        {
            var held = _work.Values.Select(work => work.Work.Lease).ToList();
            return ofDrivers
                ? new NodeOffer(_node.Id, Threads: 0, Math.Max(0, _node.Drivers - held.Count(lease => lease.Kind == DatasetKind.Driver)), AcceptsRanks: false)
                : new NodeOffer(_node.Id, Math.Max(0, _node.Threads - held.Where(lease => lease.Kind != DatasetKind.Driver).Sum(lease => lease.Work.Threads)), Drivers: 0, AcceptsRanks: true);
        }
    }

    private void Begin(LeaseGrant grant)
    {
        var work = new LeasedWork(grant.Lease, _node, _client, _launcher, _options, _time);
        lock (_lock)
        {
            _keeper.Take(grant.Lease, MomentOf(grant.AskedAt));

            // Yields first, so that it cannot end before it stands among the others.
            _work[LeaseId.Of(grant.Lease)] = (work, RunAsync(work));
        }

        _watched.Set();
        _leasesChanged.Set();
    }

    private async Task RunAsync(LeasedWork work)
    {
        await Task.Yield();
        var id = LeaseId.Of(work.Lease);
        _said.Report($"takes {id}: granary {string.Join(' ', work.Lease.Work.Arguments)}");
        try
        {
            _said.Report($"{id} {await work.RunAsync()}");
        }
        catch (CoordinatorException exception)
        {
            _said.Report($"{id} is left to the end of its lease: {exception.Message}");
            await EndureAsync(exception);
        }
        finally
        {
            lock (_lock)
            {
                _keeper.End(id);
                _work.Remove(id);
            }

            (work.Lease.Kind == DatasetKind.Driver ? _driversFreed : _threadsFreed).Set();
            work.Dispose();
        }
    }

    // (2) Says a heartbeat every third of a lease's time, and sooner for a lease that was long under way.
    private async Task RenewAsync(CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            try
            {
                await _leasesChanged.WaitAsync(UntilRenewal(), _time, done);
                if (UntilRenewal() == TimeSpan.Zero || _draining.IsCancellationRequested)
                {
                    await HeartbeatAsync(done);
                }
            }
            catch (CoordinatorException exception)
            {
                await EndureAsync(exception);
            }
            catch (OperationCanceledException)
            {
                // Done, or the time for this heartbeat is over and the next one tells more.
            }
        }
    }

    private TimeSpan UntilRenewal()
    {
        lock (_lock)
        {
            var (now, regular) = (Now, _lastHeartbeat + _leaseTime * LeaseKeeper.RenewalShare);
            var next = _keeper.NextRenewal is { } renewal && renewal < regular ? renewal : regular;
            return next > now ? next - now : TimeSpan.Zero;
        }
    }

    private async Task HeartbeatAsync(CancellationToken done)
    {
        IReadOnlyList<HeldLease> told;
        lock (_lock)
        {
            told = _keeper.Tell();
            _lastHeartbeat = Now;
        }

        using var late = new CancellationTokenSource(_leaseTime * LeaseKeeper.RenewalShare, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, done);
        var (reply, askedAt) = await _client.HeartbeatAsync(_node.Id, new Heartbeat(WithProgress(told), _draining.IsCancellationRequested), either.Token);
        lock (_lock)
        {
            _keeper.Renew(told, reply.Lost, MomentOf(askedAt));
            Stop(_keeper.Lose(told, reply.Lost), StopReason.Lost);
        }

        _watched.Set();
        if (!reply.IsKnown)
        {
            await RegisterAsync();
        }

        if (reply.Drain)
        {
            End(new WorkerEnding(IsRefused: false, "The coordinator asked it to take no more work."), _draining);
        }
    }

    private IReadOnlyList<HeldLease> WithProgress(IReadOnlyList<HeldLease> held)
    {
        lock (_lock)
        {
            return [.. held.Select(lease => _work.TryGetValue(new LeaseId(lease.Shard, lease.Token), out var work) ? lease with { Progress = work.Work.Progress } : lease)];
        }
    }

    // (3) Stops work whose lease is about to end. Apart from heartbeats, because these wait for the coordinator.
    private async Task WatchAsync(CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            TimeSpan wait;
            lock (_lock)
            {
                var now = Now;
                Stop(_keeper.TakeOverdue(now), StopReason.Overdue);
                wait = _keeper.NextEnd is { } end ? end - now : Timeout.InfiniteTimeSpan;
            }

            await _watched.WaitAsync(wait, _time, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Under the lock. Cancelling may run callbacks, which are not to run under it.
    private void Stop(IReadOnlyList<LeaseId> leases, StopReason reason)
    {
        foreach (var lease in leases)
        {
            if (_work.TryGetValue(lease, out var held))
            {
                _ = Task.Run(() => held.Work.Stop(reason));
            }
        }
    }

    // (4) Waits for the work's end: for as long as it takes where the coordinator asked to drain, for a while where the process
    // is to end, and not at all where nothing can be committed any more.
    private async Task EndWorkAsync(bool isAsked)
    {
        Task all;
        int count;
        lock (_lock)
        {
            all = Task.WhenAll(_work.Values.Select(work => work.Ended));

            // Ranks save and end at once: others wait for them, and go on from there. Not under the lock, as callbacks may run.
            foreach (var (work, _) in _work.Values.ToList())
            {
                _ = Task.Run(work.Interrupt);
            }

            count = _work.Count;
        }

        if (count > 0)
        {
            _said.Report($"takes no more; {count} under way");
        }

        var grace = _refused.IsCancellationRequested ? TimeSpan.Zero : isAsked ? _options.DrainTime : Timeout.InfiniteTimeSpan;
        await all.WaitAsync(grace, _time, _refused.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            Stop([.. _work.Keys], StopReason.Draining);
        }

        await all;
    }

    // A refusal of this worker ends it; of one request it is said, and the request made again in its time.
    private async Task EndureAsync(CoordinatorException exception)
    {
        if (exception.IsUnwelcome || exception.Status is null)
        {
            End(new WorkerEnding(IsRefused: true, exception.Message), _refused);
            return;
        }

        _said.Report(exception.Message);
        await Task.Delay(_leaseTime * LeaseKeeper.RenewalShare / 2, _time, _draining.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private TimeSpan Now => MomentOf(_time.GetTimestamp());

    private TimeSpan MomentOf(long timestamp)
    {
        return _time.GetElapsedTime(0, timestamp);
    }
}
