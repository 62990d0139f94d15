using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>Calls the grains to life that have something left to do, once a coordinator has started; again and again until that succeeds.</summary>
public sealed partial class ClusterResumption : BackgroundService
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly ILogger<ClusterResumption> _log;

    /// <summary>Made by the host.</summary>
    public ClusterResumption(IGrainFactory grains, TimeProvider time, ILogger<ClusterResumption> log)
    {
        _grains = grains;
        _time = time;
        _log = log;
    }

    /// <summary>Lets the queue, its datasets, unfinished jobs and known nodes go on where the coordinator before left them.</summary>
    public static async Task ResumeAsync(IGrainFactory grains)
    {
        await grains.GetGrain<IQueueGrain>(IQueueGrain.Main).SnapshotAsync();
        foreach (var job in await grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Jobs).ListAsync())
        {
            await grains.GetGrain<IJobGrain>(job).SnapshotAsync();
        }

        foreach (var node in await grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Nodes).ListAsync())
        {
            await grains.GetGrain<INodeGrain>(node).SnapshotAsync();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!await TryAsync())
        {
            await Task.Delay(Rest, _time, stoppingToken);
        }
    }

    private async Task<bool> TryAsync()
    {
        try
        {
            await ResumeAsync(_grains);
            return true;
        }
        catch (Exception exception)
        {
            LogNotResumed(exception);
            return false;
        }
    }

    [LoggerMessage(7321, LogLevel.Warning, "What the coordinator before left could not be taken up; the next try is in 3 s.")]
    private partial void LogNotResumed(Exception exception);
}
