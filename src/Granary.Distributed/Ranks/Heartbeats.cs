namespace Granary.Distributed.Ranks;

/// <summary>When the heartbeats of other ranks were last seen to move: what a rank concludes from the numbers it reads.</summary>
internal sealed class Heartbeats
{
    private readonly TimeProvider _time;
    private readonly Dictionary<int, (long Beat, long Since)> _seen = [];

    internal Heartbeats(TimeProvider time)
    {
        _time = time;
    }

    /// <summary>Notes a rank's heartbeat: whether it has moved since the last look, and how long it stands still.</summary>
    internal (bool HasMoved, TimeSpan Still) Note(int rank, long beat)
    {
        var isKnown = _seen.TryGetValue(rank, out var last);
        if (isKnown && last.Beat == beat)
        {
            return (false, _time.GetElapsedTime(last.Since));
        }

        _seen[rank] = (beat, _time.GetTimestamp());
        return (isKnown, TimeSpan.Zero);
    }

    /// <summary>Begins anew with a rank: what was seen before does not count.</summary>
    internal void Forget(int rank)
    {
        _seen.Remove(rank);
    }
}
