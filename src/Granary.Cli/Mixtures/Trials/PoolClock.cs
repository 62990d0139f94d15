namespace Granary.Cli.Mixtures.Trials;

/// <summary>How busy the places of a pool are: the seconds that proxies took of all that passed, for each place.</summary>
internal sealed class PoolClock
{
    private readonly TimeProvider _time;
    private readonly int _places;
    private readonly long _begun;
    private readonly Lock _lock = new(); // guards both sums: proxies end on threads of their own
    private double _seconds;
    private int _count;

    /// <summary>Begins to measure.</summary>
    public PoolClock(TimeProvider time, int places)
    {
        (_time, _places) = (time, places);
        _begun = time.GetTimestamp();
    }

    /// <summary>Proxies that were trained.</summary>
    public int Proxies
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>The seconds that all of them took, by the places' seconds since the beginning; 1 is a pool that never waits.</summary>
    public double Efficiency
    {
        get
        {
            lock (_lock)
            {
                return _seconds / (_places * _time.GetElapsedTime(_begun).TotalSeconds);
            }
        }
    }

    /// <summary>Counts a proxy that has ended.</summary>
    public void Take(double seconds)
    {
        lock (_lock)
        {
            _seconds += seconds;
            _count++;
        }
    }
}
