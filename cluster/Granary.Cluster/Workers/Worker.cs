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
    private readonly HeldWork _held = new();
    private readonly WorkerEnd _end;
    private readonly Presence _presence;
    private readonly GpuShare _gpus;
    private readonly Signal _threadsFreed = new();
    private readonly Signal _driversFreed = new();

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
        _end = new WorkerEnd(time, said);
        _presence = new Presence(client, node, _held, _end, time, said);
        _gpus = new GpuShare([.. options.Gpus.Select(gpu => gpu.Id)], node.Threads);
    }

    /// <summary>Works until it is asked to end, or the coordinator refuses it; all its work is over then.</summary>
    public async Task<WorkerEnding> RunAsync(CancellationToken cancellationToken)
    {
        using var asked = cancellationToken.Register(() => _end.Drain("It was asked to end."));
        try
        {
            await _presence.RegisterAsync();
            using var done = new CancellationTokenSource();
            Task[] looking = [_presence.RunAsync(done.Token), WatchAsync(done.Token)];
            await Task.WhenAll(TakeAsync(offersDrivers: false), TakeAsync(offersDrivers: true));
            await EndWorkAsync(isAsked: cancellationToken.IsCancellationRequested);
            await done.CancelAsync();
            await Task.WhenAll(looking);
        }
        catch (CoordinatorException exception)
        {
            _end.Refuse(exception.Message);
        }
        catch (OperationCanceledException) when (_end.Draining.IsCancellationRequested)
        {
            // Asked to end before the coordinator knew it.
        }

        return _end.Ending!;
    }

    // (1) Takes leases while places are free. Threads and places for drivers are offered apart: a node that waits for a driver
    // with all its threads taken must not keep a thread idle that becomes free meanwhile.
    private async Task TakeAsync(bool offersDrivers)
    {
        while (!_end.Draining.IsCancellationRequested)
        {
            try
            {
                var offer = OfferOf(offersDrivers);
                if (offer.Threads + offer.Drivers == 0)
                {
                    await (offersDrivers ? _driversFreed : _threadsFreed).WaitAsync(Timeout.InfiniteTimeSpan, _time, _end.Draining);
                }
                else if (await _client.LeaseAsync(offer, _presence.Beat, _end.Draining) is { } grant)
                {
                    Begin(grant);
                }
            }
            catch (CoordinatorException exception)
            {
                await _end.EndureAsync(exception, _presence.Beat / 2);
            }
            catch (OperationCanceledException) when (_end.Draining.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private NodeOffer OfferOf(bool ofDrivers)
    {
        var held = _held.Leases;
        return ofDrivers
            ? new NodeOffer(_node.Id, Threads: 0, Math.Max(0, _node.Drivers - held.Count(lease => lease.Kind == DatasetKind.Driver)), AcceptsRanks: false, _options.Gpus.Count)
            : new NodeOffer(_node.Id, Math.Max(0, _node.Threads - held.Where(lease => lease.Kind != DatasetKind.Driver).Sum(lease => lease.Work.Threads)), Drivers: 0, AcceptsRanks: true, _options.Gpus.Count);
    }

    private void Begin(LeaseGrant grant)
    {
        var work = new LeasedWork(grant, _node, _client, _launcher, _options, _time) { Gpus = _gpus.Take(grant.Lease) };
        var askedAt = Moments.Of(_time, grant.AskedAt);
        if (LeaseKeeper.EndOf(grant.Lease, askedAt) <= Moments.Now(_time))
        {
            // The machine stood still since it asked: nothing of this is to begin.
            work.Stop(StopReason.Overdue);
        }

        _held.Begin(work, askedAt, () => RunAsync(work));
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
            await _end.EndureAsync(exception, _presence.Beat / 2);
        }
        finally
        {
            _held.End(id);
            _gpus.GiveBack(work.Gpus);
            work.Dispose();
            (work.Lease.Kind == DatasetKind.Driver ? _driversFreed : _threadsFreed).Set();
        }
    }

    // (2) Stops work whose lease is about to end. Apart from heartbeats, because these wait for the coordinator.
    private async Task WatchAsync(CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            var now = Moments.Now(_time);
            _held.StopOverdue(now);
            var wait = _held.NextEnd is { } end ? TimeSpan.FromTicks(Math.Max(0, (end - now).Ticks)) : Timeout.InfiniteTimeSpan;
            await _held.EndMoved.WaitAsync(wait, _time, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // (3) Waits for the work's end: for as long as it takes where the coordinator asked to drain, for a while where the process
    // is to end, and not at all where nothing can be committed any more. Ranks save and end at once: others wait for them, and
    // go on from there.
    private async Task EndWorkAsync(bool isAsked)
    {
        var (count, all) = _held.All();
        _held.InterruptAll();
        if (count > 0)
        {
            _said.Report($"takes no more; {count} under way");
        }

        var grace = _end.Refused.IsCancellationRequested ? TimeSpan.Zero : isAsked ? _options.DrainTime : Timeout.InfiniteTimeSpan;
        await all.WaitAsync(grace, _time, _end.Refused).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _held.StopAll(StopReason.Draining);
        await all;
    }
}
