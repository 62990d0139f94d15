using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>When a grain's timer ticks, and how its ticks stand to calls.</summary>
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>A timer of these times whose ticks take turns with calls.</summary>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time until the first tick; infinite for none.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from a tick's end to the next one; infinite for none.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether ticks run between the turns of calls that wait for something. Default false: a tick is one turn among the calls.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether ticks keep the grain active. Default false.</summary>
    public bool KeepAlive { get; init; }
}
