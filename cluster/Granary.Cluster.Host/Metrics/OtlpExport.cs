using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Granary.Cluster.Host.Metrics;

/// <summary>Looks around and sends the coordinator's metrics by OTLP over HTTP.</summary>
internal sealed class OtlpExport : BackgroundService
{
    private const string MetricsPath = "v1/metrics";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly Uri _address;
    private readonly StandingReader _reader;
    private readonly ClusterMeters _meters;
    private readonly TimeProvider _time;

    public OtlpExport(ServeOptions options, StandingReader reader, ClusterMeters meters, TimeProvider time)
    {
        _address = new Uri(new Uri(options.Otlp!.TrimEnd('/') + "/"), MetricsPath);
        _reader = reader;
        _meters = meters;
        _time = time;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Disposing sends what is left.
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(ClusterMeters.Name).AddOtlpExporter((exporter, reader) =>
        {
            exporter.Endpoint = _address;
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)Interval.TotalMilliseconds;
        }).Build();
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            do
            {
                _meters.Show(await _reader.ReadAsync());
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The coordinator ends.
        }
    }
}
