using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>Calls the grains to life that have something left to do, once a coordinator has started.</summary>
public static class ClusterResumption
{
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
}
