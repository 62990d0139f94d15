using System.Diagnostics.Metrics;

namespace Granary.Cluster.Host.Metrics;

/// <summary>What the coordinator counts, and what it saw when it last looked around.</summary>
internal sealed class ClusterMeters : IDisposable
{
    internal const string Name = "Granary.Cluster";

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _leases;
    private volatile ClusterStanding _standing = new();

    public ClusterMeters(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _requests = _meter.CreateCounter<long>("granary.requests", description: "Requests by method, route and status.");
        _leases = _meter.CreateCounter<long>("granary.leases", description: "Leases by what became of them: granted, committed, returned, failed, fenced, lost.");
        _meter.CreateObservableGauge("granary.nodes", () => Of("state", _standing.Nodes), description: "Nodes by state.");
        _meter.CreateObservableGauge("granary.jobs", () => Of("status", _standing.Jobs), description: "Jobs by status, of the latest 1,000.");
        _meter.CreateObservableGauge("granary.shards", () => Of("state", _standing.Shards), description: "Shards by state, of datasets that are worked on.");
        _meter.CreateObservableGauge("granary.queue.datasets", () => _standing.QueuedDatasets, description: "Datasets that are worked on.");
    }

    /// <summary>Takes in what there is.</summary>
    public void Show(ClusterStanding standing)
    {
        _standing = standing;
    }

    /// <summary>Counts a request.</summary>
    public void CountRequest(string method, string route, int status)
    {
        _requests.Add(1, new("method", method), new("route", route), new("status", status));
    }

    /// <summary>Counts leases by what became of them.</summary>
    public void CountLeases(string outcome, int count)
    {
        if (count > 0)
        {
            _leases.Add(count, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    public void Dispose()
    {
        _meter.Dispose();
    }

    private static IEnumerable<Measurement<long>> Of(string tag, IReadOnlyDictionary<string, long> counts)
    {
        return counts.Select(count => new Measurement<long>(count.Value, new KeyValuePair<string, object?>(tag, count.Key)));
    }
}
