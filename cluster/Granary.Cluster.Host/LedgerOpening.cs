using Granary.Cluster.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Granary.Cluster.Host;

/// <summary>Opens the ledger before anything reads it.</summary>
internal sealed partial class LedgerOpening : IHostedService
{
    private readonly IClusterLedger _ledger;
    private readonly ILogger<LedgerOpening> _log;

    public LedgerOpening(IClusterLedger ledger, ILogger<LedgerOpening> log)
    {
        _ledger = ledger;
        _log = log;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        LogOpened(_log, await _ledger.OpenAsync(cancellationToken));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Information, "Opened the ledger in incarnation '{Incarnation}'.")]
    private static partial void LogOpened(ILogger log, long incarnation);
}
