using Granary.Core.Runs;

namespace Granary.Cli.Terminal;

/// <summary>The time training still needs, from the steps of this process.</summary>
internal sealed class StepClock(TimeProvider time)
{
    private long _begin;
    private long _first = -1;

    /// <summary>Takes a step in; null until there are two.</summary>
    public TimeSpan? Left(RunEvent step)
    {
        var done = step.Step!.Value;
        if (_first < 0)
        {
            _first = done;
            _begin = time.GetTimestamp();
            return null;
        }

        var perStep = time.GetElapsedTime(_begin) / (done - _first);
        return perStep * (step.Numbers["total_steps"] - done - 1);
    }
}
