using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Simulation;

/// <summary>Normal variates as a pure function of a key.</summary>
internal static class NormalDraws
{
    /// <summary>One draw of mean 0 and deviation 1 (Box and Muller).</summary>
    public static double At(RandomKey key)
    {
        // 1 - u is never 0.
        return Math.Sqrt(-2 * Math.Log(1 - key.DoubleAt(0))) * Math.Cos(2 * Math.PI * key.DoubleAt(1));
    }
}
