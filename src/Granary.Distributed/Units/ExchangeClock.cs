using Granary.Torch.Distributed;

namespace Granary.Distributed.Units;

/// <summary>Counts the time in which a rank stands still for exchanges.</summary>
internal sealed class ExchangeClock
{
    private readonly TimeProvider _time;

    public ExchangeClock(TimeProvider time)
    {
        _time = time;
    }

    /// <summary>The time so far.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>Waits for an exchange.</summary>
    public void Wait(Work work)
    {
        var begin = _time.GetTimestamp();
        work.wait();
        Waited += _time.GetElapsedTime(begin);
    }
}
