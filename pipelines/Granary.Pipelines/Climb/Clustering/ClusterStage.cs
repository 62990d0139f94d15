using Granary.Core.Progress;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Embeds documents and clusters them; all it makes lies in one folder, and a killed run goes on where it was.</summary>
public sealed class ClusterStage
{
    private readonly EmbeddingConfig _embedding;
    private readonly ClusteringConfig _clusters;
    private readonly long _seed;
    private readonly int _threads;

    /// <summary>Creates the stage; what it makes does not depend on the number of threads.</summary>
    public ClusterStage(EmbeddingConfig embedding, ClusteringConfig clusters, long seed, int threads)
    {
        _embedding = embedding;
        _clusters = clusters;
        _seed = seed;
        _threads = threads;
    }

    /// <summary>
    /// Writes embeddings, assignments.bin, clusters.json, clusters.md and the model for further documents to the folder. What
    /// is there already of the same documents and settings is used, names that were edited in clusters.json among it.
    /// </summary>
    /// <exception cref="Core.CorpusException">There are no documents, or a bound names a score that no document has.</exception>
    public ClusterResult Run(string folder, MixDocuments documents, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        throw new NotImplementedException($"{folder} {documents} {progress} {cancellationToken} {_embedding} {_clusters} {_seed} {_threads}");
    }
}
