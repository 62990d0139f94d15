namespace Granary.Cluster.Grains;

/// <summary>A number that changes, and those who wait until it does. For one turn at a time, as a grain has them.</summary>
internal sealed class ChangeSignal
{
    // A grain ends only once its calls have: nobody waits for longer, and whoever wants to asks again.
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private TaskCompletionSource _change = NewChange();

    /// <summary>Begins at the clock's milliseconds, so that the numbers of a grain's next life lie above those of this one.</summary>
    public ChangeSignal(TimeProvider time)
    {
        _time = time;
        Version = time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    public long Version { get; private set; }

    public void Raise()
    {
        Version++;
        var change = _change;
        _change = NewChange();
        change.SetResult();
    }

    /// <summary>Returns once the version is another than the given one, or after the given time.</summary>
    public async Task WaitAsync(long version, TimeSpan atMost)
    {
        if (version != Version || atMost <= TimeSpan.Zero)
        {
            return;
        }

        using var stop = new CancellationTokenSource();
        await Task.WhenAny(_change.Task, Task.Delay(atMost < Most ? atMost : Most, _time, stop.Token));
        await stop.CancelAsync();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
