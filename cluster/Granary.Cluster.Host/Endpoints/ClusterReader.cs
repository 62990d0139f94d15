using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Orleans;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>Reads what there is through the directories, which hold only names.</summary>
internal sealed class ClusterReader
{
    private const int MostListed = 1_000;

    private readonly IGrainFactory _grains;
    private readonly IClusterLedger _ledger;

    public ClusterReader(IGrainFactory grains, IClusterLedger ledger)
    {
        _grains = grains;
        _ledger = ledger;
    }

    /// <summary>The latest jobs, the latest first, with what they wait for in vain.</summary>
    public async Task<JobSnapshot[]> JobsAsync()
    {
        return await WithWantsAsync(await AllAsync(await NamesAsync(IDirectoryGrain.Jobs), name => _grains.GetGrain<IJobGrain>(name).SnapshotAsync()));
    }

    /// <summary>A job, with what it waits for in vain; null where there is none.</summary>
    public async Task<JobSnapshot?> JobAsync(string job)
    {
        return (await WithWantsAsync(await AllAsync([job], name => _grains.GetGrain<IJobGrain>(name).SnapshotAsync()))).SingleOrDefault();
    }

    /// <summary>The nodes, the latest first.</summary>
    public async Task<NodeSnapshot[]> NodesAsync()
    {
        return await AllAsync(await NamesAsync(IDirectoryGrain.Nodes), name => _grains.GetGrain<INodeGrain>(name).SnapshotAsync());
    }

    /// <summary>The datasets of a job, in the order in which they were made.</summary>
    public async Task<DatasetSnapshot[]> DatasetsAsync(string job, CancellationToken cancellationToken)
    {
        return await AllAsync(await _ledger.ListDatasetsAsync(job, cancellationToken), name => _grains.GetGrain<IDatasetGrain>(name).SnapshotAsync());
    }

    /// <summary>The datasets that are worked on.</summary>
    public async Task<DatasetSnapshot[]> QueuedAsync()
    {
        var queue = await _grains.GetGrain<IQueueGrain>(IQueueGrain.Main).SnapshotAsync();
        return await AllAsync([.. queue.Datasets.Select(dataset => dataset.Dataset)], name => _grains.GetGrain<IDatasetGrain>(name).SnapshotAsync());
    }

    private async Task<JobSnapshot[]> WithWantsAsync(JobSnapshot[] jobs)
    {
        if (jobs.All(job => job.Ended is not null))
        {
            return jobs;
        }

        var queue = await _grains.GetGrain<IQueueGrain>(IQueueGrain.Main).SnapshotAsync();
        var room = new Room(await NodesAsync());
        var wants = queue.Datasets.Select(dataset => (dataset.Job, Want: room.WantOf(dataset))).Where(want => want.Want is not null).ToLookup(want => want.Job, want => want.Want);
        return [.. jobs.Select(job => wants.Contains(job.Id) ? job with { Waits = string.Join("; ", wants[job.Id].Distinct()) } : job)];
    }

    private Task<IReadOnlyList<string>> NamesAsync(string directory)
    {
        return _grains.GetGrain<IDirectoryGrain>(directory).ListAsync();
    }

    // What was taken away between the names and the question is null.
    private static async Task<TSnapshot[]> AllAsync<TSnapshot>(IReadOnlyList<string> names, Func<string, Task<TSnapshot?>> read)
        where TSnapshot : class
    {
        var snapshots = await Task.WhenAll(names.Take(MostListed).Select(read));
        return [.. snapshots.OfType<TSnapshot>()];
    }
}
