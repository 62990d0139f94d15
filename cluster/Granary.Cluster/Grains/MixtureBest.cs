namespace Granary.Cluster.Grains;

/// <summary>The best trial of a search.</summary>
/// <param name="Trial">Its name.</param>
/// <param name="Value">What the search makes small.</param>
/// <param name="Weights">Its mixture: a weight for each component.</param>
public sealed record MixtureBest(string Trial, double Value, IReadOnlyDictionary<string, double> Weights);
