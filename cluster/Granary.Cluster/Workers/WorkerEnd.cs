using Granary.Cluster.Protocol;

namespace Granary.Cluster.Workers;

/// <summary>When a worker takes no more work, and why. What is said first stands.</summary>
internal sealed class WorkerEnd
{
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _refused = new();
    private readonly TimeProvider _time;
    private readonly IProgress<string> _said;
    private WorkerEnding? _ending;

    public WorkerEnd(TimeProvider time, IProgress<string> said)
    {
        (_time, _said) = (time, said);
    }

    /// <summary>Cancelled once no more work is taken.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Cancelled once the coordinator wants nothing of this worker, so that nothing can be committed any more.</summary>
    public CancellationToken Refused => _refused.Token;

    /// <summary>Why it ends; null while it does not.</summary>
    public WorkerEnding? Ending => _ending;

    /// <summary>Takes no more work.</summary>
    public void Drain(string reason) => End(new WorkerEnding(IsRefused: false, reason));

    /// <summary>Takes no more work, and ends what goes on.</summary>
    public void Refuse(string reason)
    {
        Interlocked.CompareExchange(ref _ending, new WorkerEnding(IsRefused: true, reason), null);
        _refused.Cancel();
        _draining.Cancel();
    }

    /// <summary>A refusal of this worker ends it; of one request it is said, and the request made again in its time, behind this rest.</summary>
    public async Task EndureAsync(CoordinatorException exception, TimeSpan rest)
    {
        if (exception.IsUnwelcome || exception.Status is null)
        {
            Refuse(exception.Message);
            return;
        }

        _said.Report(exception.Message);
        await Task.Delay(rest, _time, Draining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void End(WorkerEnding ending)
    {
        Interlocked.CompareExchange(ref _ending, ending, null);
        _draining.Cancel();
    }
}
