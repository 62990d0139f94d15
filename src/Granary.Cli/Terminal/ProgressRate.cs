using Granary.Core.Progress;

namespace Granary.Cli.Terminal;

/// <summary>The rate of a task and the time it still needs, from its updates.</summary>
internal sealed class ProgressRate(TimeProvider time)
{
    private string? _task;
    private long _begin;
    private double _first;

    /// <summary>Takes an update in; the rate counts from the task's first one.</summary>
    public (double PerSecond, TimeSpan? Left) Take(ProgressUpdate update)
    {
        if (update.Task != _task || update.Done < _first)
        {
            _task = update.Task;
            _begin = time.GetTimestamp();
            _first = update.Done;
            return (0, null);
        }

        var seconds = time.GetElapsedTime(_begin).TotalSeconds;
        var perSecond = seconds > 0 ? (update.Done - _first) / seconds : 0;
        return (perSecond, update.Total > 0 && perSecond > 0 ? TimeSpan.FromSeconds((update.Total - update.Done) / perSecond) : null);
    }
}
