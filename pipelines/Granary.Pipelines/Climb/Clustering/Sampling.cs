using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Draws without putting back.</summary>
internal static class Sampling
{
    /// <summary>So many of the numbers below a bound, or all of them, each as likely as any other; ascending (Knuth's selection sampling).</summary>
    public static int[] Draw(int below, int count, RandomKey key)
    {
        var drawn = new List<int>(Math.Min(below, count));
        for (var number = 0; number < below && drawn.Count < count; number++)
        {
            if (key.DoubleAt(number) * (below - number) < count - drawn.Count)
            {
                drawn.Add(number);
            }
        }

        return [.. drawn];
    }
}
