namespace Granary.Cluster.Grains;

/// <summary>A search for a mixture as it stands.</summary>
/// <param name="Job">The job that searches.</param>
/// <param name="Rounds">Its rounds in their order.</param>
/// <param name="Best">The best trial so far; null before one is done.</param>
/// <param name="Reported">When it was last reported, by the coordinator's clock.</param>
public sealed record MixtureSearchSnapshot(string Job, IReadOnlyList<MixtureRound> Rounds, MixtureBest? Best, DateTimeOffset Reported);
