using Granary.Cluster.Ledger;
using Orleans;

namespace Granary.Cluster.Grains;

/// <summary>Where the ranks of one generation of a training job learn of each other. Its key is the id of the dataset whose shards they are.</summary>
public interface IGenerationGrain : IGrainWithStringKey
{
    /// <summary>
    /// A rank has its place; gives the generation once all have theirs, or after the given time as it stands. Null where the
    /// token is not the rank's any more. Said again, it changes nothing.
    /// </summary>
    Task<GenerationSnapshot?> JoinAsync(GenerationMember member, LeaseToken token, TimeSpan atMost);

    /// <summary>The generation with what its ranks said last, and the nodes that there are.</summary>
    Task<GenerationSnapshot> SnapshotAsync();

    /// <summary>Forgets who came: its job ended long ago.</summary>
    Task ForgetAsync();
}
