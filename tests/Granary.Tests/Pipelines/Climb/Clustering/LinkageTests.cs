using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Clustering.Tests;

public sealed class LinkageTests
{
    [Test]
    public void Merges_are_those_of_the_definition([Values("ward", "average", "centroid")] string method, [Values(1, 2, 3, 17, 40)] int count)
    {
        var centers = Samples.Normal(count, 6, seed: count);
        long[] documents = [.. Enumerable.Range(0, count).Select(i => 1 + RandomKey.FromSeed(2).BelowAt(i, 50))];

        var merges = Linkage.Merge(centers, documents, method);

        var expected = Definition(centers, documents, method);
        Assert.Multiple(() =>
        {
            Assert.That(merges.Select(merge => (merge.Into, merge.From)), Is.EqualTo(expected.Select(merge => (merge.Into, merge.From))));
            Assert.That(merges.Select(merge => merge.Height), Is.EqualTo(expected.Select(merge => merge.Height)).Within(1e-6));
        });
    }

    [Test]
    public void Equally_alike_clusters_merge_by_their_numbers([Values("ward", "centroid")] string method)
    {
        // Corners of a square: four pairs are equally near.
        var centers = new RowMatrix([0, 0, 0, 1, 1, 0, 1, 1], 2);

        var merges = Linkage.Merge(centers, [1, 1, 1, 1], method);

        Assert.That(merges.Select(merge => (merge.Into, merge.From)), Is.EqualTo(new[] { (0, 1), (2, 3), (0, 2) }));
    }

    [TestCase(4, 0.0, 5, Description = "down to a number of clusters")]
    [TestCase(0, 2.5, 2, Description = "up to a height")]
    [TestCase(4, 2.5, 2, Description = "the height is reached first")]
    [TestCase(8, 6.5, 1, Description = "the number is reached first")]
    [TestCase(20, 0.0, 0, Description = "there are fewer clusters than wanted")]
    public void Cut_stops_at_whichever_bound_is_reached_first(int targetK, double threshold, int expected)
    {
        List<ClusterMerge> merges = [.. Enumerable.Range(1, 8).Select(height => new ClusterMerge(0, height, height))];

        Assert.That(Linkage.Cut(merges, targetK, threshold), Is.EqualTo(expected));
    }

    [Test]
    public void Ward_height_is_no_distance_of_centroids()
    {
        var centers = new RowMatrix([0, 0.1f, 10, 10.1f], 1);

        var ward = Linkage.Merge(centers, [1, 1, 1, 1], "ward");
        var centroid = Linkage.Merge(centers, [1, 1, 1, 1], "centroid");

        Assert.Multiple(() =>
        {
            Assert.That(centroid[^1].Height, Is.EqualTo(10).Within(1e-5));
            Assert.That(ward[^1].Height, Is.EqualTo(10 * Math.Sqrt(2)).Within(1e-5));
        });
    }

    // O(n^3): all pairs of clusters anew for each merge, from their members.
    private static List<ClusterMerge> Definition(RowMatrix centers, long[] documents, string method)
    {
        var clusters = Enumerable.Range(0, centers.Rows).ToDictionary(i => i, i => new List<int> { i });
        double WeightOf(int member) => method == "ward" ? 1 : documents[member];
        double[] MeanOf(List<int> members) => [.. Enumerable.Range(0, centers.Columns).Select(column => members.Sum(member => WeightOf(member) * centers[member][column]) / members.Sum(WeightOf))];
        double DistanceOf(int one, int other) => Math.Sqrt(centers[one].ToArray().Zip(centers[other].ToArray(), (a, b) => ((double)a - b) * ((double)a - b)).Sum());
        double Height(List<int> left, List<int> right)
        {
            if (method == "average")
            {
                return left.Sum(one => right.Sum(other => WeightOf(one) * WeightOf(other) * DistanceOf(one, other))) / left.Sum(WeightOf) / right.Sum(WeightOf);
            }

            var distance = Math.Sqrt(MeanOf(left).Zip(MeanOf(right), (a, b) => (a - b) * (a - b)).Sum());
            return method == "ward" ? distance * Math.Sqrt(2.0 * left.Count * right.Count / (left.Count + right.Count)) : distance;
        }

        var merges = new List<ClusterMerge>();
        while (clusters.Count > 1)
        {
            var best = (from low in clusters.Keys from high in clusters.Keys where low < high select new ClusterMerge(low, high, Height(clusters[low], clusters[high]))).MinBy(merge => merge.Height)!;
            merges.Add(best);
            clusters[best.Into].AddRange(clusters[best.From]);
            clusters.Remove(best.From);
        }

        return merges;
    }
}
