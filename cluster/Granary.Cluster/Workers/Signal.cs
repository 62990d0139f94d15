namespace Granary.Cluster.Workers;

/// <summary>Wakes who waits: once for any number of signals since it last did.</summary>
internal sealed class Signal
{
    private readonly Lock _lock = new(); // guards the source: who signals and who waits are on threads of their own
    private TaskCompletionSource _set = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Wakes who waits, or who comes to wait next.</summary>
    public void Set()
    {
        lock (_lock)
        {
            _set.TrySetResult();
        }
    }

    /// <summary>Waits for a signal, but no longer than so much.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        await _set.Task.WaitAsync(atMost, time, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_set.Task.IsCompleted)
            {
                _set = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
