namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>Mixtures of a single component.</summary>
internal static class Vertices
{
    /// <summary>One for each component, in the components' order.</summary>
    public static IEnumerable<double[]> Of(MixtureSpace space)
    {
        return Enumerable.Range(0, space.Count).Select(vertex => Enumerable.Range(0, space.Count).Select(i => i == vertex ? 1.0 : 0).ToArray());
    }
}
