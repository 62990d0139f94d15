using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Clustering.Tests;

public sealed class KMeansTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(3);

    [TestCase(700, 5, 9, 0.4, Description = "few columns, clusters apart")]
    [TestCase(3_000, 33, 40, 1.0, Description = "columns that fill no register, clusters that overlap")]
    public void Lloyd_with_bounds_equals_the_obvious_one(int rows, int columns, int centers, double spread)
    {
        var (data, _) = Samples.Blobs(rows, columns, centers, spread, seed: 5);
        using var workers = new BlockWorkers(2);
        var start = data.Select([.. Enumerable.Range(0, centers).Select(i => i * 7)]);

        var lloyd = new LloydIterations(data, workers);
        var found = lloyd.Run(start, tolerance: 0, maxIterations: 50, CancellationToken.None);

        var expected = Obvious(data, start, 50);
        Assert.Multiple(() =>
        {
            Assert.That(Samples.AdjustedRand(found.Assignment, expected.Assignment), Is.EqualTo(1).Within(1e-9));
            Assert.That(found.Inertia, Is.EqualTo(expected.Inertia).Within(1e-4).Percent);
            Assert.That(lloyd.RowsCompared, Is.LessThan((long)rows * found.Iterations), "bounds spare work");
        });
    }

    [Test]
    public void Result_does_not_depend_on_the_number_of_threads([Values("exact", "mini-batch")] string method)
    {
        var (rows, _) = Samples.Blobs(5_000, 24, 30, 0.8, seed: 6);
        var config = new ClusteringConfig { Initial = 30, Method = method, BatchDocuments = 1_000 };

        var one = new KMeans(config, Key, threads: 1).Fit(rows, CancellationToken.None);
        var three = new KMeans(config, Key, threads: 3).Fit(rows, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(three.Centers.Values, Is.EqualTo(one.Centers.Values));
            Assert.That(three.Assignment, Is.EqualTo(one.Assignment));
            Assert.That(three.Inertia, Is.EqualTo(one.Inertia));
        });
    }

    [TestCase("exact", 0.98)]
    [TestCase("mini-batch", 0.95)]
    public void Clusters_that_lie_apart_are_found(string method, double least)
    {
        var (rows, labels) = Samples.Blobs(6_000, 16, 12, 0.2, seed: 7);

        var found = new KMeans(new ClusteringConfig { Initial = 12, Method = method, BatchDocuments = 512, Restarts = 3 }, Key, threads: 2).Fit(rows, CancellationToken.None);

        Assert.That(Samples.AdjustedRand(found.Assignment, labels), Is.GreaterThan(least));
    }

    [Test]
    public void More_restarts_are_never_worse()
    {
        var (rows, _) = Samples.Blobs(1_000, 8, 20, 0.3, seed: 8);
        double Inertia(int restarts) => new KMeans(new ClusteringConfig { Initial = 20, Restarts = restarts }, Key, threads: 2).Fit(rows, CancellationToken.None).Inertia;

        Assert.That(Inertia(5), Is.LessThanOrEqualTo(Inertia(1)));
    }

    [Test]
    public void Fewer_rows_than_clusters_are_a_cluster_each()
    {
        var rows = Samples.Normal(5, 8, seed: 9);

        var found = new KMeans(new ClusteringConfig { Initial = 64 }, Key, threads: 2).Fit(rows, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(found.Centers.Rows, Is.EqualTo(5));
            Assert.That(found.Assignment, Is.Unique);
            Assert.That(found.Inertia, Is.EqualTo(0).Within(1e-6));
        });
    }

    [Test]
    public void Equal_rows_are_one_cluster()
    {
        var rows = new RowMatrix([.. Enumerable.Repeat(0.25f, 300 * 16)], 16);

        var found = new KMeans(new ClusteringConfig { Initial = 10 }, Key, threads: 2).Fit(rows, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(found.Centers.Rows, Is.EqualTo(1));
            Assert.That(found.Assignment, Is.All.Zero);
        });
    }

    [Test]
    public void Empty_clusters_take_the_rows_that_lie_farthest()
    {
        var (rows, labels) = Samples.Blobs(400, 8, 4, 0.05, seed: 10);
        using var workers = new BlockWorkers(2);

        // Two of the centres are the same, so that one has no rows at first, and a kind has no centre.
        var found = new LloydIterations(rows, workers).Run(rows.Select([0, 1, 2, 2]), tolerance: 0, maxIterations: 100, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(found.Centers.Rows, Is.EqualTo(4));
            Assert.That(Samples.AdjustedRand(found.Assignment, labels), Is.EqualTo(1).Within(1e-9));
        });
    }

    [Test]
    public void Seeds_are_chosen_as_the_obvious_greedy_k_means_plus_plus_chooses_them()
    {
        var (rows, _) = Samples.Blobs(500, 6, 8, 0.5, seed: 11);
        using var workers = new BlockWorkers(2);

        var chosen = new KMeansSeeding(rows, workers).Choose(12, Key, CancellationToken.None);

        Assert.That(chosen, Is.EqualTo(ObviousSeeds(rows, 12)));
    }

    private static (int[] Assignment, double Inertia) Obvious(RowMatrix rows, RowMatrix start, int iterations)
    {
        var centers = Enumerable.Range(0, start.Rows).Select(i => start[i].ToArray().Select(value => (double)value).ToArray()).ToArray();
        double Distance(int row, int center) => Enumerable.Range(0, rows.Columns).Sum(i => Math.Pow(rows.Values[(row * rows.Columns) + i] - centers[center][i], 2));
        var assignment = new int[rows.Rows];
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            int[] next = [.. Enumerable.Range(0, rows.Rows).Select(row => Enumerable.Range(0, centers.Length).MinBy(center => Distance(row, center)))];
            if (iteration > 0 && next.SequenceEqual(assignment))
            {
                break;
            }

            assignment = next;
            foreach (var cluster in Enumerable.Range(0, rows.Rows).GroupBy(row => assignment[row]))
            {
                centers[cluster.Key] = [.. Enumerable.Range(0, rows.Columns).Select(i => (double)(float)cluster.Average(row => (double)rows.Values[(row * rows.Columns) + i]))];
            }
        }

        return (assignment, Enumerable.Range(0, rows.Rows).Sum(row => Distance(row, assignment[row])));
    }

    private static List<int> ObviousSeeds(RowMatrix rows, int count)
    {
        double Distance(int left, int right) => Enumerable.Range(0, rows.Columns).Sum(i => Math.Pow((double)rows.Values[(left * rows.Columns) + i] - rows.Values[(right * rows.Columns) + i], 2));
        var chosen = new List<int> { (int)Key.BelowAt(0, rows.Rows) };
        while (chosen.Count < count)
        {
            double[] distances = [.. Enumerable.Range(0, rows.Rows).Select(row => chosen.Min(seed => Distance(row, seed)))];
            int Draw(double number)
            {
                var row = 0;
                for (var sum = distances[0]; sum <= number; sum += distances[++row])
                {
                }

                return row;
            }

            var key = Key.Fold(chosen.Count);
            var drawn = Enumerable.Range(0, 2 + (int)Math.Log(count)).Select(trial => Draw(key.DoubleAt(trial) * distances.Sum())).ToList();
            chosen.Add(drawn.MinBy(candidate => Enumerable.Range(0, rows.Rows).Sum(row => Math.Min(distances[row], Distance(row, candidate)))));
        }

        return chosen;
    }
}
