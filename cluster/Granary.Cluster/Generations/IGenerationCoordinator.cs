using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Generations;

/// <summary>What a training job asks of the coordinator.</summary>
public interface IGenerationCoordinator
{
    /// <summary>Makes a dataset; the same one again does nothing.</summary>
    Task CreateAsync(DatasetSpec dataset, CancellationToken cancellationToken);

    /// <summary>Where a dataset stands, once it is of another version than <paramref name="after"/>, or after the wait.</summary>
    Task<DatasetSnapshot> WaitAsync(string dataset, long after, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>Shards of a dataset in their order, from an index on.</summary>
    Task<IReadOnlyList<ShardRow>> ListShardsAsync(string dataset, int from, int count, CancellationToken cancellationToken);

    /// <summary>A generation with what its ranks said last.</summary>
    Task<GenerationSnapshot> FindGenerationAsync(string dataset, CancellationToken cancellationToken);

    /// <summary>Ends all work on a dataset.</summary>
    Task CancelDatasetAsync(string dataset, CancellationToken cancellationToken);
}
