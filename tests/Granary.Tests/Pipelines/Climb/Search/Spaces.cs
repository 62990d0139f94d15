using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search.Tests;

/// <summary>Spaces for tests.</summary>
internal static class Spaces
{
    /// <summary>Components named a, b, c, ... with equal shares.</summary>
    public static MixtureSpace Even(int count, IReadOnlyList<double>? maxWeights = null)
    {
        return new MixtureSpace(Components(count), maxWeights);
    }

    public static IReadOnlyList<MixtureComponent> Components(int count)
    {
        return [.. Enumerable.Range(0, count).Select(i => new MixtureComponent { Name = $"{(char)('a' + i)}", Tokens = 1_000_000, Prior = 1.0 / count })];
    }

    /// <summary>A bowl whose lowest point is a mixture.</summary>
    public static Func<Trial, double> Bowl(params double[] lowest)
    {
        return trial => 2 + trial.Weights.Zip(lowest).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second));
    }
}
