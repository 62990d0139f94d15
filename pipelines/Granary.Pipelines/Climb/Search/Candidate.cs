namespace Granary.Pipelines.Climb.Search;

/// <summary>A mixture that may be tried.</summary>
/// <param name="Weights">The mixture.</param>
/// <param name="IsLocal">Whether it was drawn around a measured one.</param>
internal readonly record struct Candidate(double[] Weights, bool IsLocal);
