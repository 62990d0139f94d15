using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>k-means: the same centres for the same rows, settings and key, whatever the number of threads.</summary>
internal sealed class KMeans
{
    private const int MostRowsExact = 200_000;
    private const int LeastRowsToSeed = 16_384;
    private const int RowsToSeedACenter = 8;
    private const int LeastRowsOfACenterInABatch = 4;

    private readonly ClusteringConfig _config;
    private readonly RandomKey _key;
    private readonly int _threads;

    public KMeans(ClusteringConfig config, RandomKey key, int threads)
    {
        _config = config;
        _key = key;
        _threads = threads;
    }

    /// <summary>The best of all restarts.</summary>
    public KMeansResult Fit(RowMatrix rows, CancellationToken cancellationToken)
    {
        using var workers = new BlockWorkers(_threads);
        KMeansResult? best = null;
        for (var restart = 0; restart < _config.Restarts; restart++)
        {
            var result = FitOnce(rows, workers, _key.Fold(restart), cancellationToken);
            best = best is null || result.Inertia < best.Inertia ? result : best;
        }

        return best!;
    }

    /// <summary>Whether so many rows are gone over whole in each iteration.</summary>
    public static bool IsExact(ClusteringConfig config, int rows)
    {
        return config.Method == "exact" || (config.Method == "auto" && rows <= MostRowsExact);
    }

    private KMeansResult FitOnce(RowMatrix rows, BlockWorkers workers, RandomKey key, CancellationToken cancellationToken)
    {
        var count = Math.Min(_config.Initial, rows.Rows);
        var start = Seed(rows, count, workers, key, cancellationToken);
        var lloyd = new LloydIterations(rows, workers);
        if (IsExact(_config, rows.Rows))
        {
            return lloyd.Run(start, _config.Tolerance * MeanVariance(rows), _config.MaxIterations, cancellationToken);
        }

        var batch = Math.Min(rows.Rows, Math.Max(_config.BatchDocuments, LeastRowsOfACenterInABatch * count));
        var centers = new MiniBatchIterations(rows, workers, batch, key.Use("batches")).Run(start, _config.MaxIterations, cancellationToken);
        return lloyd.Run(centers, tolerance: 0, maxIterations: 1, cancellationToken);
    }

    // Of many rows a part is enough to begin with: seeding goes over it once for each centre.
    private static RowMatrix Seed(RowMatrix rows, int count, BlockWorkers workers, RandomKey key, CancellationToken cancellationToken)
    {
        var part = rows.Select(Sampling.Draw(rows.Rows, Math.Max(LeastRowsToSeed, RowsToSeedACenter * count), key.Use("seeding/rows")));
        return part.Select(new KMeansSeeding(part, workers).Choose(count, key.Use("seeding/centers"), cancellationToken));
    }

    private static double MeanVariance(RowMatrix rows)
    {
        var (sums, squares) = (new double[rows.Columns], 0.0);
        for (var row = 0; row < rows.Rows; row++)
        {
            FloatSpans.Add(sums, rows[row]);
            squares += FloatSpans.Dot(rows[row], rows[row]);
        }

        var ofMean = sums.Sum(sum => sum / rows.Rows * (sum / rows.Rows));
        return Math.Max(0, (squares / rows.Rows) - ofMean) / rows.Columns;
    }
}
