namespace Granary.Cluster.Grains;

/// <summary>Never runs an action twice at once: all who ask while it runs are served by one further run.</summary>
/// <remarks>For grains whose calls interleave: two writes of one state at once would contradict each other.</remarks>
internal sealed class Coalesced
{
    private readonly Func<Task> _action;
    private Task _running = Task.CompletedTask;
    private Task? _next;

    public Coalesced(Func<Task> action)
    {
        _action = action;
    }

    public Task RunAsync()
    {
        if (_next is not null)
        {
            return _next;
        }

        return _running.IsCompleted ? _running = _action() : _next = RunAfterAsync(_running);
    }

    private async Task RunAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        _next = null;
        await (_running = _action());
    }
}
