using Granary.Core.Randomness;
using Granary.Torch;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>
/// Mini-batch k-means (Sculley 2010): each step assigns a batch of drawn rows, and a centre becomes the mean of all rows it was
/// ever given. Ends when the batches' inertia, smoothed over about one pass, has not fallen for ten steps.
/// </summary>
internal sealed class MiniBatchIterations
{
    private const int StepsWithoutGain = 10;
    private const int StepsBetweenSeeds = 10;
    private const double LeastShare = 0.01; // of the largest cluster's rows; with fewer a centre is set anew

    private readonly RowMatrix _rows;
    private readonly BlockWorkers _workers;
    private readonly RandomKey _key;
    private readonly int _batch;

    public MiniBatchIterations(RowMatrix rows, BlockWorkers workers, int batch, RandomKey key)
    {
        _rows = rows;
        _workers = workers;
        _batch = batch;
        _key = key;
    }

    /// <summary>Goes on from some centres, over at most so many times all rows.</summary>
    public RowMatrix Run(RowMatrix start, int maxPasses, CancellationToken cancellationToken)
    {
        var centers = new RowMatrix([.. start.Values], start.Columns);
        var counts = new double[centers.Rows];
        var (smoothed, least, stale) = (double.NaN, double.PositiveInfinity, 0);
        var weight = Math.Min(1, 2.0 * _batch / (_rows.Rows + 1));
        var steps = Math.Max(1, (long)maxPasses * _rows.Rows / _batch);
        for (var step = 0L; step < steps && stale < StepsWithoutGain; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = Draw(_key.Fold(step));
            var (nearest, distances) = Assign(batch, centers);
            Move(batch, nearest, centers, counts);
            if (step % StepsBetweenSeeds == StepsBetweenSeeds - 1 && step < steps / 2)
            {
                SeedSmall(batch, distances, centers, counts);
            }

            var inertia = distances.Sum(distance => (double)distance) / _batch;
            smoothed = double.IsNaN(smoothed) ? inertia : smoothed + (weight * (inertia - smoothed));
            (least, stale) = smoothed < least ? (smoothed, 0) : (least, stale + 1);
        }

        return centers;
    }

    private RowMatrix Draw(RandomKey key)
    {
        return _rows.Select([.. Enumerable.Range(0, _batch).Select(i => (int)key.BelowAt(i, _rows.Rows))]);
    }

    private (int[] Nearest, float[] Distances) Assign(RowMatrix batch, RowMatrix centers)
    {
        var (nearest, distances) = (new int[batch.Rows], new float[batch.Rows]);
        using var of = new Centers(centers);
        using var all = torch.from_array(batch.Values, batch.Rows, batch.Columns);
        _workers.RunRange(batch.Rows, Centers.RowsPerBlock, (start, end) =>
        {
            using var block = all.narrow(0, start, end - start);
            of.FindNearest(block, (row, center, least, _) =>
            {
                nearest[start + row] = center;
                distances[start + row] = Math.Max(0, least + FloatSpans.Dot(batch[start + row], batch[start + row]));
            });
        });
        return (nearest, distances);
    }

    private static void Move(RowMatrix batch, int[] nearest, RowMatrix centers, double[] counts)
    {
        for (var row = 0; row < batch.Rows; row++)
        {
            var center = centers[nearest[row]];
            var ofRow = batch[row];
            var rate = (float)(1 / ++counts[nearest[row]]);
            for (var i = 0; i < center.Length; i++)
            {
                center[i] += rate * (ofRow[i] - center[i]);
            }
        }
    }

    // The rows of the batch that lie farthest take the place of centres with next to no rows.
    private static void SeedSmall(RowMatrix batch, float[] distances, RowMatrix centers, double[] counts)
    {
        var most = counts.Max();
        int[] small = [.. Enumerable.Range(0, counts.Length).Where(center => counts[center] < LeastShare * most)];
        int[] farthest = [.. Enumerable.Range(0, distances.Length).OrderByDescending(row => distances[row]).Take(Math.Min(small.Length, batch.Rows / 2))];
        var usual = counts.Where(count => count >= LeastShare * most).Min();
        foreach (var (center, row) in small.Zip(farthest))
        {
            batch[row].CopyTo(centers[center]);
            counts[center] = usual;
        }
    }
}
