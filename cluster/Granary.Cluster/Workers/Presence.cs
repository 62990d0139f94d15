using Granary.Cluster.Grains;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Workers;

/// <summary>Makes a node known to the coordinator and keeps it so: a heartbeat every third of a lease's time, and sooner for a lease that was long under way.</summary>
internal sealed class Presence
{
    private readonly CoordinatorClient _client;
    private readonly NodeDescription _node;
    private readonly HeldWork _held;
    private readonly WorkerEnd _end;
    private readonly TimeProvider _time;
    private readonly IProgress<string> _said;
    private TimeSpan _lastHeartbeat; // of this class' own loop, once that runs
    private Task _late = Task.CompletedTask; // heartbeats whose answer did not come before the next

    public Presence(CoordinatorClient client, NodeDescription node, HeldWork held, WorkerEnd end, TimeProvider time, IProgress<string> said)
    {
        (_client, _node, _held, _end, _time, _said) = (client, node, held, end, time, said);
    }

    /// <summary>A third of a lease's time: how long a heartbeat, or a question for work, may take.</summary>
    public TimeSpan Beat { get; private set; }

    /// <summary>Makes the node known, in place of one of its id.</summary>
    /// <exception cref="CoordinatorException">The coordinator does not take it.</exception>
    public async Task RegisterAsync()
    {
        var reply = await _client.RegisterAsync(_node, _end.Draining);
        if (reply.Version != _node.Version)
        {
            throw new CoordinatorException($"The coordinator is of version '{reply.Version}' and this worker of '{_node.Version}'. Start both from the same program.");
        }

        (Beat, _lastHeartbeat) = (reply.LeaseTime * LeaseKeeper.RenewalShare, Moments.Now(_time));
        _said.Report($"known to the coordinator as '{_node.Id}'; leases hold for {reply.LeaseTime.TotalSeconds:0.#} s");
    }

    /// <summary>Says heartbeats until it is done.</summary>
    public async Task RunAsync(CancellationToken done)
    {
        await using var draining = _end.Draining.Register(_held.Taken.Set);
        while (!done.IsCancellationRequested)
        {
            await _held.Taken.WaitAsync(UntilRenewal(), _time, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!done.IsCancellationRequested && (UntilRenewal() == TimeSpan.Zero || _end.Draining.IsCancellationRequested))
            {
                await HeartbeatAsync(done);
            }
        }
    }

    private TimeSpan UntilRenewal()
    {
        var (now, regular) = (Moments.Now(_time), _lastHeartbeat + Beat);
        var next = _held.NextRenewal is { } renewal && renewal < regular ? renewal : regular;
        return next > now ? next - now : TimeSpan.Zero;
    }

    private async Task HeartbeatAsync(CancellationToken done)
    {
        // A machine that stood still wakes with leases that are over: their work stops before anything is asked.
        _lastHeartbeat = Moments.Now(_time);
        _held.StopOverdue(_lastHeartbeat);

        // The next heartbeat neither waits for an answer that is late nor ends it: it counts from when it was asked for, and a
        // coordinator that is slow to answer, as after its start, has lengthened the leases all the same.
        if (_late.IsFaulted)
        {
            await _late;
        }

        var asked = AskAsync(_held.Tell(), done);
        try
        {
            await asked.WaitAsync(Beat, _time, done);
        }
        catch (TimeoutException)
        {
            _late = Task.WhenAll(_late, asked);
        }
        catch (OperationCanceledException) when (done.IsCancellationRequested)
        {
            // The last answer is of no use any more.
        }
    }

    private async Task AskAsync(IReadOnlyList<HeldLease> told, CancellationToken done)
    {
        using var over = new CancellationTokenSource(Beat / LeaseKeeper.RenewalShare, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, done);
        try
        {
            var (reply, askedAt) = await _client.HeartbeatAsync(_node.Id, new Heartbeat(told, _end.Draining.IsCancellationRequested), either.Token);
            await HearAsync(reply, told, Moments.Of(_time, askedAt));
        }
        catch (CoordinatorException exception)
        {
            await _end.EndureAsync(exception, Beat / 2);
        }
        catch (OperationCanceledException)
        {
            // Done, or the leases are over that it told of.
        }
    }

    private async Task HearAsync(HeartbeatReply reply, IReadOnlyList<HeldLease> told, TimeSpan askedAt)
    {
        _held.Hear(told, reply.Lost, askedAt);
        if (!reply.IsKnown)
        {
            await RegisterAsync();
        }

        if (reply.Drain)
        {
            _end.Drain("The coordinator asked it to take no more work.");
        }
    }
}
