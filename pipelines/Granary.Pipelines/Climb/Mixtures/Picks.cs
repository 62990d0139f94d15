using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>Picks without replacement.</summary>
internal static class Picks
{
    /// <summary>So many of the items, each equally likely, in random order; all of them when there are fewer.</summary>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> items, int count, RandomKey key)
    {
        var order = Enumerable.Range(0, items.Count).ToArray();
        var picked = new List<T>();
        for (var i = 0; i < Math.Min(count, items.Count); i++)
        {
            var other = i + (int)key.BelowAt(i, items.Count - i);
            (order[i], order[other]) = (order[other], order[i]);
            picked.Add(items[order[i]]);
        }

        return picked;
    }
}
