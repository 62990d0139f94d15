using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Clustering.Tests;

/// <summary>Rows for tests.</summary>
internal static class Samples
{
    /// <summary>Normal numbers.</summary>
    public static RowMatrix Normal(int rows, int columns, long seed)
    {
        var key = RandomKey.FromSeed(seed);
        return new RowMatrix([.. Enumerable.Range(0, rows * columns).Select(i => (float)NormalAt(key, i))], columns);
    }

    /// <summary>Rows about some centres, each as often as any other.</summary>
    public static (RowMatrix Rows, int[] Labels) Blobs(int rows, int columns, int centers, double spread, long seed)
    {
        var means = Normal(centers, columns, seed);
        var noise = Normal(rows, columns, seed + 1);
        int[] labels = [.. Enumerable.Range(0, rows).Select(row => row % centers)];
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < columns; i++)
            {
                noise[row][i] = means[labels[row]][i] + (float)(spread * noise[row][i]);
            }
        }

        return (noise, labels);
    }

    /// <summary>The adjusted Rand index of two labellings (Hubert and Arabie 1985).</summary>
    public static double AdjustedRand(IReadOnlyList<int> left, IReadOnlyList<int> right)
    {
        static double Pairs(IEnumerable<int> sizes) => sizes.Sum(size => size * (size - 1.0) / 2);
        var both = Pairs(left.Zip(right).GroupBy(pair => pair).Select(group => group.Count()));
        var (ofLeft, ofRight) = (Pairs(left.GroupBy(label => label).Select(group => group.Count())), Pairs(right.GroupBy(label => label).Select(group => group.Count())));
        var expected = ofLeft * ofRight / Pairs([left.Count]);
        return (both - expected) / (((ofLeft + ofRight) / 2) - expected);
    }

    private static double NormalAt(RandomKey key, long index)
    {
        return Math.Sqrt(-2 * Math.Log(1 - key.DoubleAt(2 * index))) * Math.Cos(2 * Math.PI * key.DoubleAt((2 * index) + 1));
    }
}
