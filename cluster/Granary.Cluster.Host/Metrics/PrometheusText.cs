using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Granary.Cluster.Host.Metrics;

/// <summary>Listens to the coordinator's meter and writes it in Prometheus' text format (version 0.0.4).</summary>
internal sealed class PrometheusText : IDisposable
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();

    // Guarded by _gate: instruments by name, and of each its values by their labels.
    private readonly SortedDictionary<string, Instrument> _instruments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<string, long>> _values = [];

    /// <summary>Begins to listen to the instruments of a scope, which is one coordinator's meters.</summary>
    public PrometheusText(IMeterFactory scope)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ClusterMeters.Name && ReferenceEquals(instrument.Meter.Scope, scope))
            {
                Publish(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(Take);
        _listener.Start();
    }

    /// <summary>All that was counted, and what gauges show at this moment.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_gate)
        {
            foreach (var (name, instrument) in _instruments)
            {
                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n# TYPE {name} {(instrument is Counter<long> ? "counter" : "gauge")}\n");
                foreach (var (labels, value) in _values[name])
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}\n");
                }
            }
        }

        return text.ToString();
    }

    public void Dispose()
    {
        _listener.Dispose();
    }

    private static string NameOf(Instrument instrument)
    {
        return instrument.Name.Replace('.', '_') + (instrument is Counter<long> ? "_total" : string.Empty);
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return string.Empty;
        }

        var labels = tags.ToArray().Select(tag => $"{tag.Key}=\"{Escape(Convert.ToString(tag.Value, CultureInfo.InvariantCulture)!)}\"");
        return $"{{{string.Join(',', labels)}}}";
    }

    private static string Escape(string value)
    {
        return value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
    }

    private void Publish(Instrument instrument)
    {
        lock (_gate)
        {
            _instruments[NameOf(instrument)] = instrument;
            _values[NameOf(instrument)] = new SortedDictionary<string, long>(StringComparer.Ordinal);
        }
    }

    private void Take(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_gate)
        {
            var values = _values[NameOf(instrument)];
            var labels = LabelsOf(tags);
            values[labels] = instrument is Counter<long> ? values.GetValueOrDefault(labels) + value : value;
        }
    }
}
