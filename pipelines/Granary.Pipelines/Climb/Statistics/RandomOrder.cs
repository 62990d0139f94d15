using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Statistics;

/// <summary>The numbers from 0 in an order that a stream decides, every order as likely as any other (Fisher and Yates).</summary>
internal static class RandomOrder
{
    /// <summary>Orders so many numbers.</summary>
    public static int[] Of(int count, RandomKey key)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var last = count - 1; last > 0; last--)
        {
            var other = (int)key.BelowAt(last, last + 1);
            (order[last], order[other]) = (order[other], order[last]);
        }

        return order;
    }
}
