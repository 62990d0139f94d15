using Granary.Cluster.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Granary.Cluster.Host.Metrics;

/// <summary>Looks around and sends the coordinator's metrics by OTLP over HTTP.</summary>
internal sealed partial class OtlpExport : BackgroundService
{
    private const string MetricsPath = "v1/metrics";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly Uri _address;
    private readonly StandingReader _reader;
    private readonly ClusterMeters _meters;
    private readonly TimeProvider _time;
    private readonly ILogger<OtlpExport> _log;
    private MeterProvider? _provider;

    public OtlpExport(ServeOptions options, StandingReader reader, ClusterMeters meters, TimeProvider time, ILogger<OtlpExport> log)
    {
        _address = new Uri(new Uri(options.Otlp!.TrimEnd('/') + "/"), MetricsPath);
        _reader = reader;
        _meters = meters;
        _time = time;
        _log = log;
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the first request is counted: what nobody listens to is lost.
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(ClusterMeters.Name).AddOtlpExporter((exporter, reader) =>
        {
            exporter.Endpoint = _address;
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)Interval.TotalMilliseconds;
        }).Build();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _provider?.Dispose(); // sends what is left
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _provider?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            do
            {
                await LookAsync();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The coordinator ends.
        }
    }

    private async Task LookAsync()
    {
        try
        {
            _meters.Show(await _reader.ReadAsync());
        }
        catch (Exception exception) when (exception is LedgerUnavailableException or TimeoutException)
        {
            LogStale(_log, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Sends what was seen last: the cluster cannot be looked at.")]
    private static partial void LogStale(ILogger log, Exception exception);
}
