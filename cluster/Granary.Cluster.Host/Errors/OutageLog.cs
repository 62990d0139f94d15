using Microsoft.Extensions.Logging;

namespace Granary.Cluster.Host.Errors;

/// <summary>
/// Logs that requests go unanswered for the same reason: the first one whole, and then how many there were, once an interval. A
/// database that is away for an hour costs the log a line every half minute, and not one for each try of each worker.
/// </summary>
internal sealed partial class OutageLog : IDisposable
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly ILogger<OutageLog> _log;
    private readonly Lock _lock = new(); // guards what is below, and each outage
    private readonly Dictionary<(string What, Type Kind), Outage> _outages = [];
    private bool _isDisposed;

    public OutageLog(TimeProvider time, ILogger<OutageLog> log)
    {
        (_time, _log) = (time, log);
    }

    /// <summary>A request found no answer; <paramref name="what"/> owed it.</summary>
    internal void Tell(string what, Exception exception, string method, string? route)
    {
        var key = (what, exception.GetBaseException().GetType());
        lock (_lock)
        {
            if (_outages.TryGetValue(key, out var known))
            {
                (known.Count, known.Method, known.Route, known.Message) = (known.Count + 1, method, route, exception.GetBaseException().Message);
                return;
            }

            if (!_isDisposed)
            {
                _outages.Add(key, new Outage { Timer = _time.CreateTimer(_ => Look(key), null, Interval, Interval) });
            }
        }

        LogFirst(_log, exception, what, method, route);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var outage in _outages.Values)
            {
                outage.Timer.Dispose();
            }

            _outages.Clear();
        }
    }

    // Over is what none has met for a whole interval: what comes later is told of whole again.
    private void Look((string What, Type Kind) key)
    {
        lock (_lock)
        {
            if (!_outages.TryGetValue(key, out var outage))
            {
                return;
            }

            if (outage.Count == 0)
            {
                _outages.Remove(key);
                outage.Timer.Dispose();
                return;
            }

            LogMore(_log, key.What, outage.Count, (int)Interval.TotalSeconds, outage.Method, outage.Route, outage.Message);
            outage.Count = 0;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{What} has no answer for {Method} '{Route}'; others that fail alike are counted.")]
    private static partial void LogFirst(ILogger log, Exception exception, string what, string method, string? route);

    [LoggerMessage(2, LogLevel.Warning, "{What} had no answer for {Count} more requests in {Seconds} s, the last of them {Method} '{Route}': {Message}")]
    private static partial void LogMore(ILogger log, string what, int count, int seconds, string method, string? route, string message);

    private sealed class Outage
    {
        public required ITimer Timer { get; init; }

        public int Count { get; set; }

        public string Method { get; set; } = string.Empty;

        public string? Route { get; set; }

        public string Message { get; set; } = string.Empty;
    }
}
