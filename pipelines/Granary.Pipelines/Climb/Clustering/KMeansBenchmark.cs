using System.Runtime.InteropServices;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Times k-means over vectors from a file, for the comparison with other programs.</summary>
public static class KMeansBenchmark
{
    /// <summary>Runs k-means once over little-endian float32 numbers, one vector behind the other.</summary>
    /// <param name="path">The vectors.</param>
    /// <param name="columns">Numbers in a vector.</param>
    /// <param name="config">The settings.</param>
    /// <param name="seed">Where random numbers begin.</param>
    /// <param name="threads">Threads to work with.</param>
    /// <param name="time">The clock.</param>
    public static KMeansTiming Run(string path, int columns, ClusteringConfig config, long seed, int threads, TimeProvider time)
    {
        var rows = new RowMatrix(MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray(), columns);
        var begin = time.GetTimestamp();
        var result = new KMeans(config, RandomKey.FromSeed(seed), threads).Fit(rows, CancellationToken.None);
        return new KMeansTiming(time.GetElapsedTime(begin).TotalSeconds, result.Inertia, result.Iterations, result.Centers.Rows);
    }
}
