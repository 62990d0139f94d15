namespace Granary.Cli.Mixtures.Trials;

/// <summary>Measures how busy the places of a pool are, and what the rest of their time goes into.</summary>
internal sealed class PoolClock
{
    private readonly TimeProvider _time;
    private readonly int _places;
    private readonly long _begun;
    private readonly Lock _lock = new(); // guards all below: proxies begin and end on threads of their own
    private long _last; // up to when the sums below count
    private int _running;
    private int _proxies;
    private double _busy;
    private double _beside;
    private double _empty;
    private double _trained;

    /// <summary>Begins to measure.</summary>
    public PoolClock(TimeProvider time, int places)
    {
        (_time, _places) = (time, places);
        _begun = _last = time.GetTimestamp();
    }

    /// <summary>What has been measured so far.</summary>
    public PoolUse Use
    {
        get
        {
            lock (_lock)
            {
                Count();
                return new PoolUse
                {
                    Proxies = _proxies,
                    Places = _places,
                    Seconds = _time.GetElapsedTime(_begun, _last).TotalSeconds,
                    BusySeconds = _busy,
                    StartSeconds = Math.Max(0, _busy - _trained),
                    BesideSeconds = _beside,
                    EmptySeconds = _empty,
                };
            }
        }
    }

    /// <summary>A proxy's process takes a place.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            Count();
            _running++;
        }
    }

    /// <summary>It gives the place up.</summary>
    /// <param name="seconds">What it counted itself; 0 where it left no result.</param>
    public void End(double seconds)
    {
        lock (_lock)
        {
            Count();
            _running--;
            _proxies++;
            _trained += seconds;
        }
    }

    private void Count()
    {
        var now = _time.GetTimestamp();
        var seconds = _time.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
        _busy += _running * seconds;
        if (_running > 0)
        {
            _beside += Math.Max(0, _places - _running) * seconds;
        }
        else
        {
            _empty += _places * seconds;
        }
    }
}
