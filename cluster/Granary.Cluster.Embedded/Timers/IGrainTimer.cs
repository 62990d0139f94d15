namespace Orleans.Runtime;

/// <summary>A grain's timer; disposing it stops it.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets when it is due next and how long it rests after each tick; an infinite time means never.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}
